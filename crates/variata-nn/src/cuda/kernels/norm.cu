// Normalisation, with sums in single precision and in a fixed order.

#define NORM_THREADS 256

// How a block goes over rows of packs: its threads take `lanes` packs of `rows` rows at a time.
struct Walk {
    u32 lanes, rows, lane, row;
    __device__ explicit Walk(u32 packs) {
        lanes = packs < NORM_THREADS ? packs : NORM_THREADS;
        rows = NORM_THREADS / lanes;
        lane = threadIdx.x % lanes;
        row = threadIdx.x / lanes;
    }
    __device__ bool is_idle() const { return row >= rows; }
};

// How many rows a thread reads before it needs the first: memory is far away.
#define ROWS_AHEAD 4

template <int L> __device__ inline void read_ahead(Pack<L> (&numbers)[ROWS_AHEAD], In from,
                                                   const Walk &walk, u32 start, u32 end, u32 packs,
                                                   u32 pack) {
#pragma unroll
    for (int ahead = 0; ahead < ROWS_AHEAD; ahead++) {
        u32 row = start + ahead * walk.rows;
        if (row < end)
            numbers[ahead] = read<L>(from, (u64)row * packs + pack);
    }
}

// Adds up a picture's groups over all of its blocks: mean and 1 / deviation of each.
__device__ void finish_groups(const Number *picture, const float2 *sums, float2 *of_groups,
                              u32 places, u32 channels, u32 groups, float epsilon) {
    u32 members = channels / groups;
    float share = 1.0f / ((float)members * places);
    // Eight threads a group.
    for (u32 start = 0; start < groups; start += NORM_THREADS / 8) {
        u32 group = start + threadIdx.x / 8;
        float sum = 0.0f, square = 0.0f;
        if (group < groups) {
#pragma unroll 8
            for (u32 block = threadIdx.x % 8; block < gridDim.x; block += 8) {
                float2 part = __ldcg(&sums[block * groups + group]);
                sum += part.x;
                square += part.y;
            }
        }
        sum = sum_over(sum, 8) * share;
        square = sum_over(square, 8) * share;
        if (group < groups && threadIdx.x % 8 == 0) {
            float variance = fmaxf(square - sum * sum, 0.0f);
            float mean = wide(picture[group * members]) + sum;
            of_groups[group] = make_float2(mean, rsqrtf(variance + epsilon));
        }
    }
}

// Mean and 1 / deviation of a picture's groups. Each block adds up its rows: what numbers are above
// the group's first, so that nothing cancels out where the mean is far from zero, and its square.
// Whichever block is the last adds up what all have found, in their order. `sums` has pictures ×
// blocks × groups, and `tickets` a zero for each picture, before and after.
template <int L> __device__ void group_sums(In from, float2 *sums, u32 *tickets, float2 *of_groups,
                                            u32 places, u32 channels, u32 groups, u32 rows_each,
                                            float epsilon) {
    extern __shared__ float2 shared[];
    __shared__ bool is_last;
    float2 *parts = shared, *of_channels = shared + NORM_THREADS * L;
    u32 packs = channels / L, members = channels / groups;
    const Number *picture = from + (u64)blockIdx.y * places * channels;
    sums += (u64)blockIdx.y * gridDim.x * groups;
    u32 first = blockIdx.x * rows_each, end = min(first + rows_each, places);
    Walk walk(packs);
    for (u32 start = 0; start < packs; start += walk.lanes) {
        u32 pack = start + walk.lane;
        float sum[L] = {}, square[L] = {}, pivot[L];
        if (!walk.is_idle() && pack < packs) {
            for (int i = 0; i < L; i++)
                pivot[i] = wide(picture[(pack * L + i) / members * members]);
            for (u32 start = first + walk.row; start < end; start += ROWS_AHEAD * walk.rows) {
                Pack<L> numbers[ROWS_AHEAD];
                read_ahead(numbers, picture, walk, start, end, packs, pack);
#pragma unroll
                for (int ahead = 0; ahead < ROWS_AHEAD; ahead++)
                    for (int i = 0; i < L && start + ahead * walk.rows < end; i++) {
                        float above = wide(numbers[ahead].at[i]) - pivot[i];
                        sum[i] += above;
                        square[i] += above * above;
                    }
            }
        }
        for (int i = 0; i < L; i++)
            parts[threadIdx.x * L + i] = make_float2(sum[i], square[i]);
        __syncthreads();
        u32 here = min(walk.lanes, packs - start) * L;
        for (u32 channel = threadIdx.x; channel < here; channel += NORM_THREADS) {
            float2 total = make_float2(0.0f, 0.0f);
            for (u32 row = 0; row < walk.rows; row++) {
                float2 part = parts[row * walk.lanes * L + channel];
                total = make_float2(total.x + part.x, total.y + part.y);
            }
            of_channels[start * L + channel] = total;
        }
        __syncthreads();
    }
    for (u32 start = 0; start < groups; start += NORM_THREADS / 8) {
        u32 group = start + threadIdx.x / 8;
        float sum = 0.0f, square = 0.0f;
        if (group < groups)
            for (u32 member = threadIdx.x % 8; member < members; member += 8) {
                sum += of_channels[group * members + member].x;
                square += of_channels[group * members + member].y;
            }
        sum = sum_over(sum, 8);
        square = sum_over(square, 8);
        if (group < groups && threadIdx.x % 8 == 0)
            sums[blockIdx.x * groups + group] = make_float2(sum, square);
    }
    // Everybody sees the sums of a block before its ticket.
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0)
        is_last = atomicAdd(&tickets[blockIdx.y], 1) == gridDim.x - 1;
    __syncthreads();
    if (!is_last)
        return;
    __threadfence();
    finish_groups(picture, sums, of_groups + blockIdx.y * groups, places, channels, groups,
                  epsilon);
    if (threadIdx.x == 0)
        tickets[blockIdx.y] = 0;
}
IN_PACKS_AND_SINGLY(group_sums,
                    (In from, float2 *sums, u32 *tickets, float2 *of_groups, u32 places,
                     u32 channels, u32 groups, u32 rows_each, float epsilon),
                    (from, sums, tickets, of_groups, places, channels, groups, rows_each, epsilon))

// Normalises by what `group_sums` has found.
template <int L> __device__ void group_norm(In from, const float2 *__restrict__ of_groups, In scale,
                                            In shift, Out to, u32 places, u32 channels, u32 groups,
                                            u32 rows_each, u32 with_silu) {
    u32 packs = channels / L, members = channels / groups;
    u64 base = (u64)blockIdx.y * places * channels;
    of_groups += blockIdx.y * groups;
    u32 first = blockIdx.x * rows_each, end = min(first + rows_each, places);
    Walk walk(packs);
    if (walk.is_idle())
        return;
    for (u32 pack = walk.lane; pack < packs; pack += walk.lanes) {
        Pack<L> scales = read<L>(scale, pack), shifts = read<L>(shift, pack);
        float factor[L], summand[L];
        for (int i = 0; i < L; i++) {
            float2 group = of_groups[(pack * L + i) / members];
            factor[i] = wide(scales.at[i]) * group.y;
            summand[i] = wide(shifts.at[i]) - group.x * factor[i];
        }
        for (u32 start = first + walk.row; start < end; start += ROWS_AHEAD * walk.rows) {
            Pack<L> numbers[ROWS_AHEAD];
            read_ahead(numbers, from + base, walk, start, end, packs, pack);
#pragma unroll
            for (int ahead = 0; ahead < ROWS_AHEAD; ahead++) {
                u32 row = start + ahead * walk.rows;
                if (row >= end)
                    break;
                for (int i = 0; i < L; i++) {
                    float normed = wide(numbers[ahead].at[i]) * factor[i] + summand[i];
                    numbers[ahead].at[i] = narrow(with_silu ? silu(normed) : normed);
                }
                write<L>(to + base, (u64)row * packs + pack, numbers[ahead]);
            }
        }
    }
}
IN_PACKS_AND_SINGLY(group_norm,
                    (In from, const float2 *__restrict__ of_groups, In scale, In shift, Out to,
                     u32 places, u32 channels, u32 groups, u32 rows_each, u32 with_silu),
                    (from, of_groups, scale, shift, to, places, channels, groups, rows_each,
                     with_silu))

// A warp a row, which it reads three times: the second and third time from the cache.
template <int L> __device__ void layer_norm(In from, In scale, In shift, Out to, u64 rows,
                                            u32 channels, float epsilon) {
    u32 packs = channels / L, lane = threadIdx.x % 32;
    u64 row = thread_of_grid() / 32;
    if (row >= rows)
        return;
    from += row * channels;
    to += row * channels;
    float sum = 0.0f, square = 0.0f;
    for (u32 at = lane; at < packs; at += 32) {
        Pack<L> numbers = read<L>(from, at);
        for (int i = 0; i < L; i++)
            sum += wide(numbers.at[i]);
    }
    float mean = sum_over(sum, 32) / channels;
    for (u32 at = lane; at < packs; at += 32) {
        Pack<L> numbers = read<L>(from, at);
        for (int i = 0; i < L; i++) {
            float above = wide(numbers.at[i]) - mean;
            square += above * above;
        }
    }
    float factor = rsqrtf(sum_over(square, 32) / channels + epsilon);
    for (u32 at = lane; at < packs; at += 32) {
        Pack<L> numbers = read<L>(from, at), scales = read<L>(scale, at);
        Pack<L> shifts = read<L>(shift, at);
        for (int i = 0; i < L; i++) {
            float normed = (wide(numbers.at[i]) - mean) * factor;
            numbers.at[i] = narrow(normed * wide(scales.at[i]) + wide(shifts.at[i]));
        }
        write<L>(to, at, numbers);
    }
}
IN_PACKS_AND_SINGLY(layer_norm,
                    (In from, In scale, In shift, Out to, u64 rows, u32 channels, float epsilon),
                    (from, scale, shift, to, rows, channels, epsilon))

// The softmax of rows of scores, a block a row. Of a row's queries `first` is the first; where
// `is_causal`, keys behind the query count nothing.
extern "C" __global__ void softmax(const float *__restrict__ scores, Out to, u32 queries, u32 seen,
                                   u32 first, u32 is_causal) {
    __shared__ float parts[NORM_THREADS / 32];
    u64 row = blockIdx.x;
    u32 query = first + row % queries, lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    u32 end = is_causal ? min(query + 1, seen) : seen;
    scores += row * seen;
    to += row * seen;
    float most = -INFINITY, sum = 0.0f;
    for (u32 at = threadIdx.x; at < end; at += NORM_THREADS)
        most = fmaxf(most, scores[at]);
    for (int other = 16; other > 0; other /= 2)
        most = fmaxf(most, __shfl_xor_sync(0xffffffffu, most, other));
    if (lane == 0)
        parts[warp] = most;
    __syncthreads();
    for (u32 part = 0; part < NORM_THREADS / 32; part++)
        most = fmaxf(most, parts[part]);
    __syncthreads();
    for (u32 at = threadIdx.x; at < end; at += NORM_THREADS)
        sum += exponential(scores[at] - most);
    sum = sum_over(sum, 32);
    if (lane == 0)
        parts[warp] = sum;
    __syncthreads();
    sum = 0.0f;
    for (u32 part = 0; part < NORM_THREADS / 32; part++)
        sum += parts[part];
    for (u32 at = threadIdx.x; at < seen; at += NORM_THREADS)
        to[at] = narrow(at < end ? exponential(scores[at] - most) / sum : 0.0f);
}
