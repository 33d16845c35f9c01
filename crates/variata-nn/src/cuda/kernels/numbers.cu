// What the kernels hold numbers in, and how they are read and written. NUMBERS is 32 for f32, 16
// for f16 and 17 for bf16. No header is used: the run-time compiler comes without any.

typedef unsigned int u32;
typedef unsigned long long u64;

#ifndef INFINITY
#define INFINITY __int_as_float(0x7f800000)
#endif

#if NUMBERS == 32
typedef float Number;
__device__ inline float wide(Number number) { return number; }
__device__ inline Number narrow(float number) { return number; }
#elif NUMBERS == 16
typedef unsigned short Number;
__device__ inline float wide(Number number) {
    float result;
    asm("cvt.f32.f16 %0, %1;" : "=f"(result) : "h"(number));
    return result;
}
__device__ inline Number narrow(float number) {
    Number result;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(result) : "f"(number));
    return result;
}
// Two numbers, the first in the lower half.
__device__ inline u32 narrow_pair(float first, float second) {
    u32 result;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(result) : "f"(second), "f"(first));
    return result;
}
#else
typedef unsigned short Number;
__device__ inline float wide(Number number) { return __uint_as_float((u32)number << 16); }
__device__ inline u32 narrow_pair(float first, float second) {
    u32 result;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(result) : "f"(second), "f"(first));
    return result;
}
__device__ inline Number narrow(float number) { return (Number)narrow_pair(number, 0.0f); }
#endif

// What a kernel reads and what it writes never overlap, so that it may read ahead.
typedef const Number *__restrict__ In;
typedef Number *__restrict__ Out;

// As many numbers as one access of 16 bytes brings.
#define LANES (16 / (int)sizeof(Number))

// Numbers side by side that are read and written at once.
template <int L> struct alignas(L * sizeof(Number)) Pack {
    Number at[L];
};

template <int L> __device__ inline Pack<L> read(const Number *from, u64 pack) {
    return reinterpret_cast<const Pack<L> *>(from)[pack];
}

template <int L> __device__ inline void write(Number *to, u64 pack, const Pack<L> &numbers) {
    reinterpret_cast<Pack<L> *>(to)[pack] = numbers;
}

// Each kernel comes twice: for rows that are whole packs (`_packs`), and for any others
// (`_singly`).
#define IN_PACKS_AND_SINGLY(name, parameters, arguments)                                           \
    extern "C" __global__ void name##_packs parameters { name<LANES> arguments; }                  \
    extern "C" __global__ void name##_singly parameters { name<1> arguments; }

// This thread among all of the grid, and how many there are.
__device__ inline u64 thread_of_grid() { return (u64)blockIdx.x * blockDim.x + threadIdx.x; }
__device__ inline u64 threads_of_grid() { return (u64)gridDim.x * blockDim.x; }

#define FOR_EACH(at, count) for (u64 at = thread_of_grid(); at < (count); at += threads_of_grid())

// Sums over the lanes of a warp that differ in the bits below `width`.
__device__ inline float sum_over(float number, int width) {
    for (int other = width / 2; other > 0; other /= 2)
        number += __shfl_xor_sync(0xffffffffu, number, other);
    return number;
}

__device__ inline float exponential(float number) {
#if NUMBERS == 32
    return expf(number);
#else
    return __expf(number);
#endif
}

__device__ inline float silu(float number) { return number / (1.0f + exponential(-number)); }

__device__ inline float gelu(float number) {
    return 0.5f * number * (1.0f + erff(number * 0.70710678f));
}
