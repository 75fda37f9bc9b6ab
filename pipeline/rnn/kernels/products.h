/* Matrix products of any shape, with blocks of the result in registers, and tanh. */
#if defined(__AVX512F__) && HIDDEN % 16 == 0
#define WIDTH 16
#else
#define WIDTH 8
#endif
#define INLINE static inline __attribute__((always_inline))
typedef float vec __attribute__((vector_size(WIDTH * 4), aligned(4), may_alias));

/* tanh, within 4e-7: x P(x^2) / Q(x^2), fitted on [-8.6, 8.6] for the smallest relative error. */
INLINE float tanh_of(float x) {
    x = x > 8.6f ? 8.6f : x;
    x = x < -8.6f ? -8.6f : x;
    const float u = x * x;
    const float p = (((1.4551142513141713e-08f * u + 2.1461130017996766e-05f) * u + 0.003547047497704625f) * u
                     + 0.13424283266067505f) * u + 1.0f;
    const float q = (((8.262521191682026e-07f * u + 0.0003369987243786454f) * u + 0.02607252076268196f) * u
                     + 0.46757611632347107f) * u + 1.0f;
    const float y = x * p / q;
    return y > 1.0f ? 1.0f : y < -1.0f ? -1.0f : y;
}

/* A block of c (+)= a b, `high` rows and `wide` vectors of it in registers. Element (i, k) of a is
 * a[i * ai + k * ak]. `from` 0: start at zero, 1: at c itself, 2: at the row `start`. */
INLINE void block(const int high, const int wide, int K, const float *a, int ai, int ak,
                  const float *b, int ldb, float *c, int ldc, const int from, const float *start) {
    vec sum[8][4];
#pragma GCC unroll 8
    for (int i = 0; i < high; i++)
#pragma GCC unroll 4
        for (int j = 0; j < wide; j++)
            sum[i][j] = from == 0 ? (vec){} : *(const vec *)((from == 1 ? c + i * ldc : start) + j * WIDTH);
    for (int k = 0; k < K; k++) {
#pragma GCC unroll 8
        for (int i = 0; i < high; i++) {
            float one = a[i * ai + k * ak];
#pragma GCC unroll 4
            for (int j = 0; j < wide; j++) sum[i][j] += one * *(const vec *)(b + k * ldb + j * WIDTH);
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < high; i++)
#pragma GCC unroll 4
        for (int j = 0; j < wide; j++) *(vec *)(c + i * ldc + j * WIDTH) = sum[i][j];
}

/* c [M, N] (+)= a [M, K] b [K, N]; N is a multiple of 8 units. */
INLINE void product(const int M, const int N, const int K, const float *a, int ai, int ak,
                    const float *b, int ldb, float *c, int ldc, const int from, const float *start) {
#define ROWS(high)                                                                                 \
    for (; i + high <= M; i += high) {                                                             \
        int j = 0;                                                                                 \
        for (; j + 2 * WIDTH <= N; j += 2 * WIDTH)                                                 \
            block(high, 2, K, a + i * ai, ai, ak, b + j, ldb, c + i * ldc + j, ldc, from, start + j); \
        for (; j + WIDTH <= N; j += WIDTH)                                                         \
            block(high, 1, K, a + i * ai, ai, ak, b + j, ldb, c + i * ldc + j, ldc, from, start + j); \
    }
    int i = 0;
    ROWS(8)
    ROWS(4)
    ROWS(1)
}

/* The sums of the columns of d [M, N]. */
INLINE void sums(const int M, const int N, const float *d, float *sum) {
    for (int j = 0; j < N; j += WIDTH) {
        vec total = (vec){};
        for (int k = 0; k < M; k++) total += *(const vec *)(d + k * N + j);
        *(vec *)(sum + j) = total;
    }
}

/* w [M, N], turned: [N, M]. */
INLINE void turn(const int M, const int N, const float *w, float *turned) {
    for (int i = 0; i < M; i++)
        for (int j = 0; j < N; j++) turned[j * M + i] = w[i * N + j];
}
