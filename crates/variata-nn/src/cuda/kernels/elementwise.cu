// What is done to every number by itself, and how rows are moved about.

// A number as files have it: `kind` is what NUMBERS would be.
__device__ inline float written(const void *from, u64 at, u32 kind) {
    if (kind == 32)
        return static_cast<const float *>(from)[at];
    unsigned short bits = static_cast<const unsigned short *>(from)[at];
    if (kind == 17)
        return __uint_as_float((u32)bits << 16);
    float result;
    asm("cvt.f32.f16 %0, %1;" : "=f"(result) : "h"(bits));
    return result;
}

// Weights as checkpoints have them, outputs × inputs × places, become rows of places × inputs,
// which end in zeros; any other row is one with a single place.
extern "C" __global__ void pack(const void *__restrict__ from, Out to, u64 rows, u32 inputs,
                                u32 places, u32 columns, u32 kind) {
    FOR_EACH(at, rows * columns) {
        u64 row = at / columns;
        u32 column = at % columns, place = column / inputs, input = column % inputs;
        u64 other = (row * inputs + input) * places + place;
        to[at] = narrow(place < places ? written(from, other, kind) : 0.0f);
    }
}

extern "C" __global__ void unpack(In from, float *__restrict__ to, u64 count) {
    FOR_EACH(at, count) { to[at] = wide(from[at]); }
}

// `added` has a row for every row, or one for every `spread` of them.
template <int L>
__device__ void add(In from, In added, Out to, u64 count, u32 channels, u32 spread) {
    u32 packs = channels / L;
    FOR_EACH(at, count / L) {
        u64 other = spread == 1 ? at : at / ((u64)packs * spread) * packs + at % packs;
        Pack<L> one = read<L>(from, at), two = read<L>(added, other);
        for (int i = 0; i < L; i++)
            one.at[i] = narrow(wide(one.at[i]) + wide(two.at[i]));
        write<L>(to, at, one);
    }
}
IN_PACKS_AND_SINGLY(add, (In from, In added, Out to, u64 count, u32 channels, u32 spread),
                    (from, added, to, count, channels, spread))

template <int L> __device__ void activate(In from, Out to, u64 count, u32 function) {
    FOR_EACH(at, count / L) {
        Pack<L> numbers = read<L>(from, at);
        for (int i = 0; i < L; i++) {
            float x = wide(numbers.at[i]);
            float y = function == 0 ? silu(x) : function == 1 ? gelu(x) : silu(1.702f * x) / 1.702f;
            numbers.at[i] = narrow(y);
        }
        write<L>(to, at, numbers);
    }
}
IN_PACKS_AND_SINGLY(activate, (In from, Out to, u64 count, u32 function),
                    (from, to, count, function))

// Rows of twice `width` become rows of `width`.
template <int L> __device__ void geglu(In from, Out to, u64 rows, u32 width) {
    u32 packs = width / L;
    FOR_EACH(at, rows * packs) {
        u64 left = at / packs * 2 * packs + at % packs;
        Pack<L> one = read<L>(from, left), two = read<L>(from, left + packs);
        for (int i = 0; i < L; i++)
            one.at[i] = narrow(wide(one.at[i]) * gelu(wide(two.at[i])));
        write<L>(to, at, one);
    }
}
IN_PACKS_AND_SINGLY(geglu, (In from, Out to, u64 rows, u32 width), (from, to, rows, width))

template <int L>
__device__ void concat(In left, In right, Out to, u64 rows, u32 left_width, u32 right_width) {
    u32 lefts = left_width / L, rights = right_width / L;
    FOR_EACH(at, rows * (lefts + rights)) {
        u64 row = at / (lefts + rights);
        u32 column = at % (lefts + rights);
        bool is_left = column < lefts;
        write<L>(to, at,
                 is_left ? read<L>(left, row * lefts + column)
                         : read<L>(right, row * rights + column - lefts));
    }
}
IN_PACKS_AND_SINGLY(concat, (In left, In right, Out to, u64 rows, u32 left_width, u32 right_width),
                    (left, right, to, rows, left_width, right_width))

// The nearest place of `height` × `width` for each of `to_height` × `to_width`.
template <int L> __device__ void upsample(In from, Out to, u32 batch, u32 height, u32 width,
                                          u32 channels, u32 to_height, u32 to_width) {
    u32 packs = channels / L;
    FOR_EACH(at, (u64)batch * to_height * to_width * packs) {
        u32 pack = at % packs, place = at / packs;
        u32 column = place % to_width, row = place / to_width % to_height;
        u32 picture = place / to_width / to_height;
        u64 source = (u64)picture * height + (u64)row * height / to_height;
        source = source * width + (u64)column * width / to_width;
        write<L>(to, at, read<L>(from, source * packs + pack));
    }
}
IN_PACKS_AND_SINGLY(upsample,
                    (In from, Out to, u32 batch, u32 height, u32 width, u32 channels, u32 to_height,
                     u32 to_width),
                    (from, to, batch, height, width, channels, to_height, to_width))

template <int L>
__device__ void avg_pool(In from, Out to, u32 batch, u32 height, u32 width, u32 channels) {
    u32 packs = channels / L, rows = height / 2, columns = width / 2;
    FOR_EACH(at, (u64)batch * rows * columns * packs) {
        u32 pack = at % packs, place = at / packs;
        u32 column = place % columns, row = place / columns % rows;
        u64 first = (u64)(place / columns / rows) * height + 2 * row;
        first = (first * width + 2 * column) * packs + pack;
        u64 below = first + (u64)width * packs;
        Pack<L> corners[4] = {read<L>(from, first), read<L>(from, first + packs),
                              read<L>(from, below), read<L>(from, below + packs)};
        for (int i = 0; i < L; i++) {
            float sum = 0.0f;
            for (int corner = 0; corner < 4; corner++)
                sum += wide(corners[corner].at[i]);
            corners[0].at[i] = narrow(0.25f * sum);
        }
        write<L>(to, at, corners[0]);
    }
}
IN_PACKS_AND_SINGLY(avg_pool, (In from, Out to, u32 batch, u32 height, u32 width, u32 channels),
                    (from, to, batch, height, width, channels))

extern "C" __global__ void embed(In table, const u32 *__restrict__ ids, Out to, u32 count,
                                 u32 channels) {
    FOR_EACH(at, (u64)count * channels) {
        to[at] = table[(u64)ids[at / channels] * channels + at % channels];
    }
}
