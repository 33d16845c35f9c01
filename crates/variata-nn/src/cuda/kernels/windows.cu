// What a convolution's windows see, as rows of a matrix.

// Row `first` + i of the matrix is what the window sees at the i-th place of the result, in the
// order rows × columns × channels, and ends in zeros. A thread brings the same channels of all of a
// window's places: what neighbours share is still in the cache then.
template <int L> __device__ void windows(In from, Out to, u64 first, u64 count, u32 height,
                                         u32 width, u32 channels, u32 window_height,
                                         u32 window_width, u32 to_height, u32 to_width, u32 stride,
                                         u32 before, u32 columns) {
    u32 packs = channels / L;
    u32 used = window_height * window_width * channels;
    FOR_EACH(at, count * packs) {
        u32 pack = at % packs;
        u64 row = at / packs, place = first + row;
        u32 x = place % to_width * stride, y = place / to_width % to_height * stride;
        u64 picture = place / ((u64)to_width * to_height);
        Number *target = to + row * columns;
        for (u32 dy = 0; dy < window_height; dy++) {
            u32 source_y = y + dy - before;
#pragma unroll 3
            for (u32 dx = 0; dx < window_width; dx++) {
                u32 source_x = x + dx - before;
                // What lies before 0 has wrapped around.
                bool is_there = source_y < height && source_x < width;
                u64 source = ((picture * height + source_y) * width + source_x) * packs + pack;
                Pack<L> numbers = {};
                if (is_there)
                    numbers = read<L>(from, source);
                write<L>(target, (dy * window_width + dx) * packs + pack, numbers);
            }
        }
        for (u32 rest = used + pack; rest < columns; rest += packs)
            target[rest] = narrow(0.0f);
    }
}
IN_PACKS_AND_SINGLY(windows,
                    (In from, Out to, u64 first, u64 count, u32 height, u32 width, u32 channels,
                     u32 window_height, u32 window_width, u32 to_height, u32 to_width, u32 stride,
                     u32 before, u32 columns),
                    (from, to, first, count, height, width, channels, window_height, window_width,
                     to_height, to_width, stride, before, columns))
