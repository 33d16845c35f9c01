// Attention without a matrix of scores (Dao, 2023): a block takes some queries of one head past all
// keys, a tile at a time, and corrects what it has summed up whenever a greater score comes.
//
// It takes tensor cores of compute capability 8.0, and numbers of half precision.

#if NUMBERS != 32 && __CUDA_ARCH__ >= 800

#if NUMBERS == 16
#define MULTIPLY "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32"
#else
#define MULTIPLY "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32"
#endif

// 16 × 16 times 16 × 8, added to 16 × 8.
__device__ inline void multiply(float (&sum)[4], const u32 (&left)[4], u32 right0, u32 right1) {
    asm volatile(MULTIPLY " {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
                 : "r"(left[0]), "r"(left[1]), "r"(left[2]), "r"(left[3]), "r"(right0),
                   "r"(right1));
}

// Four matrices of 8 × 8 from shared memory, each lane naming one row.
__device__ inline void load_four(u32 (&to)[4], u32 row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(row));
}
__device__ inline void load_four_turned(u32 (&to)[4], u32 row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(row));
}

__device__ inline float power_of_two(float number) {
    float result;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(number));
    return result;
}

// Tokens of one head: where its first number lies, and how far the next token is.
struct Tokens {
    const Number *first;
    u32 pitch, count, width;
};

// Brings keys or values from `start` on to shared memory, with zeros where there are none.
template <int WIDTH, int KEYS, int THREADS>
__device__ inline void bring(u32 to, const Tokens &tokens, u32 start) {
    for (u32 at = threadIdx.x; at < KEYS * (WIDTH / 8); at += THREADS) {
        u32 row = at / (WIDTH / 8), column = at % (WIDTH / 8) * 8;
        bool is_there = start + row < tokens.count && column < tokens.width;
        const Number *from = tokens.first;
        if (is_there)
            from += (u64)(start + row) * tokens.pitch + column;
        asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(
                         to + (row * (WIDTH + 8) + column) * 2),
                     "l"(from), "r"(is_there ? 16 : 0));
    }
}

// WIDTH: a head's channels, rounded up to 16. TILES: 16 queries each, of one warp. KEYS: how many
// keys and values are in shared memory at a time; twice as many come in the meantime.
template <int WIDTH, int TILES, int KEYS, int THREADS>
__device__ void attend(const Number *queries, const Number *keys, const Number *values, Number *to,
                       u32 asked, u32 seen, u32 width, u32 query_pitch, u32 key_pitch,
                       u32 value_pitch, u32 to_pitch, float scale, u32 is_causal) {
    // Rows end 16 bytes further in the banks than the row before, so that eight of them meet in
    // none.
    __shared__ alignas(16) Number tiles[2][2][KEYS * (WIDTH + 8)];
    u32 lane = threadIdx.x % 32, group = lane / 4, pair = lane % 4;
    u32 block = blockIdx.x * (THREADS / 32 * TILES * 16);
    u32 first = block + threadIdx.x / 32 * TILES * 16;
    u64 picture = blockIdx.z, column = (u64)blockIdx.y * width;
    queries += picture * asked * query_pitch + column;
    to += picture * asked * to_pitch + column;
    Tokens all_keys = {keys + picture * seen * key_pitch + column, key_pitch, seen, width};
    Tokens all_values = {values + picture * seen * value_pitch + column, value_pitch, seen, width};

    u32 asking[TILES][WIDTH / 16][4];
    for (int tile = 0; tile < TILES; tile++)
        for (int k = 0; k < WIDTH / 16; k++)
            for (int part = 0; part < 4; part++) {
                u32 row = first + tile * 16 + group + part % 2 * 8;
                u32 at = k * 16 + pair * 2 + part / 2 * 8;
                const Number *from = queries + (u64)row * query_pitch + at;
                bool is_there = row < asked && at < width;
                asking[tile][k][part] = is_there ? *(const u32 *)from : 0;
            }

    float result[TILES][WIDTH / 8][4] = {}, most[TILES][2], sum[TILES][2];
    for (int tile = 0; tile < TILES; tile++)
        for (int half = 0; half < 2; half++) {
            most[tile][half] = -INFINITY;
            sum[tile][half] = 0.0f;
        }

    u32 end = seen;
    if (is_causal)
        end = min(seen, block + THREADS / 32 * TILES * 16);
    u32 shared = (u32)__cvta_generic_to_shared(&tiles[0][0][0]);
    const u32 HALF = KEYS * (WIDTH + 8) * 2;
    bring<WIDTH, KEYS, THREADS>(shared, all_keys, 0);
    bring<WIDTH, KEYS, THREADS>(shared + HALF, all_values, 0);
    asm volatile("cp.async.commit_group;");
    for (u32 start = 0, turn = 0; start < end; start += KEYS, turn ^= 1) {
        // This tile is there, and nobody needs the one before it any more: the next may come.
        asm volatile("cp.async.wait_group 0;");
        __syncthreads();
        u32 next = shared + (turn ^ 1) * 2 * HALF;
        if (start + KEYS < end) {
            bring<WIDTH, KEYS, THREADS>(next, all_keys, start + KEYS);
            bring<WIDTH, KEYS, THREADS>(next + HALF, all_values, start + KEYS);
        }
        asm volatile("cp.async.commit_group;");
        u32 key_tile = shared + turn * 2 * HALF, value_tile = key_tile + HALF;

        float scores[TILES][KEYS / 8][4] = {};
#pragma unroll
        for (int k = 0; k < WIDTH / 16; k++)
#pragma unroll
            for (int n = 0; n < KEYS / 16; n++) {
                u32 right[4];
                u32 row = n * 16 + lane / 16 * 8 + lane % 8, at = k * 16 + lane / 8 % 2 * 8;
                load_four(right, key_tile + (row * (WIDTH + 8) + at) * 2);
#pragma unroll
                for (int tile = 0; tile < TILES; tile++) {
                    multiply(scores[tile][2 * n], asking[tile][k], right[0], right[1]);
                    multiply(scores[tile][2 * n + 1], asking[tile][k], right[2], right[3]);
                }
            }

        if (start + KEYS > seen || (is_causal && start + KEYS > first)) {
#pragma unroll
            for (int tile = 0; tile < TILES; tile++)
#pragma unroll
                for (int n = 0; n < KEYS / 8; n++)
#pragma unroll
                    for (int i = 0; i < 4; i++) {
                        u32 key = start + n * 8 + pair * 2 + i % 2;
                        u32 query = first + tile * 16 + group + i / 2 * 8;
                        if (key >= seen || (is_causal && key > query))
                            scores[tile][n][i] = -INFINITY;
                    }
        }

#pragma unroll
        for (int tile = 0; tile < TILES; tile++)
#pragma unroll
            for (int half = 0; half < 2; half++) {
                float greatest = most[tile][half];
#pragma unroll
                for (int n = 0; n < KEYS / 8; n++)
                    greatest = fmaxf(
                        greatest, fmaxf(scores[tile][n][2 * half], scores[tile][n][2 * half + 1]));
                greatest = fmaxf(greatest, __shfl_xor_sync(0xffffffffu, greatest, 1));
                greatest = fmaxf(greatest, __shfl_xor_sync(0xffffffffu, greatest, 2));
                // A row that has seen nothing yet: −∞ less −∞ is no number.
                float base = greatest == -INFINITY ? 0.0f : greatest * scale;
                float correction = power_of_two(most[tile][half] * scale - base);
                most[tile][half] = greatest;
                float total = 0.0f;
#pragma unroll
                for (int n = 0; n < KEYS / 8; n++)
#pragma unroll
                    for (int i = 2 * half; i < 2 * half + 2; i++) {
                        scores[tile][n][i] = power_of_two(scores[tile][n][i] * scale - base);
                        total += scores[tile][n][i];
                    }
                sum[tile][half] = sum[tile][half] * correction + total;
#pragma unroll
                for (int n = 0; n < WIDTH / 8; n++) {
                    result[tile][n][2 * half] *= correction;
                    result[tile][n][2 * half + 1] *= correction;
                }
            }

#pragma unroll
        for (int k = 0; k < KEYS / 16; k++) {
            u32 shares[TILES][4];
#pragma unroll
            for (int tile = 0; tile < TILES; tile++)
#pragma unroll
                for (int part = 0; part < 4; part++) {
                    const float *two = &scores[tile][2 * k + part / 2][part % 2 * 2];
                    shares[tile][part] = narrow_pair(two[0], two[1]);
                }
#pragma unroll
            for (int n = 0; n < WIDTH / 16; n++) {
                u32 right[4];
                u32 row = k * 16 + lane % 16, at = n * 16 + lane / 16 * 8;
                load_four_turned(right, value_tile + (row * (WIDTH + 8) + at) * 2);
#pragma unroll
                for (int tile = 0; tile < TILES; tile++) {
                    multiply(result[tile][2 * n], shares[tile], right[0], right[1]);
                    multiply(result[tile][2 * n + 1], shares[tile], right[2], right[3]);
                }
            }
        }
    }

    for (int tile = 0; tile < TILES; tile++)
        for (int half = 0; half < 2; half++) {
            float share = 1.0f / sum_over(sum[tile][half], 4);
            u32 row = first + tile * 16 + group + half * 8;
            if (row >= asked)
                continue;
            for (int n = 0; n < WIDTH / 8; n++) {
                u32 at = n * 8 + pair * 2;
                if (at < width)
                    *(u32 *)(to + (u64)row * to_pitch + at) = narrow_pair(
                        result[tile][n][2 * half] * share, result[tile][n][2 * half + 1] * share);
            }
        }
}

// One for each width that heads are rounded up to; the wider, the fewer queries and keys fit.
// BLOCKS: how many of them a multiprocessor shall have room for. These were the fastest of thirteen
// on an H200.
#define ATTEND(WIDTH, TILES, KEYS, THREADS, BLOCKS)                                                \
    extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS) attend_##WIDTH(                  \
        In queries, In keys, In values, Out to, u32 asked, u32 seen, u32 width, u32 query_pitch,   \
        u32 key_pitch, u32 value_pitch, u32 to_pitch, float scale, u32 is_causal) {                \
        attend<WIDTH, TILES, KEYS, THREADS>(queries, keys, values, to, asked, seen, width,         \
                                            query_pitch, key_pitch, value_pitch, to_pitch, scale,  \
                                            is_causal);                                            \
    }
ATTEND(16, 2, 64, 128, 2)
ATTEND(48, 2, 64, 128, 2)
ATTEND(64, 1, 64, 128, 3)
ATTEND(80, 2, 64, 128, 1)
ATTEND(160, 1, 32, 128, 2)

#endif
