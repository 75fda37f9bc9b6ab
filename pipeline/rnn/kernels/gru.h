/* The gates r, z, n side by side; h_t = n + z (h_{t-1} - n): pipeline/rnn/cells/gru.py. */
#define SAME_GRADIENT 0
#define PROJECTED(s, layer) (s)->gates[layer]

/* b_hn stands inside the product with r: it is not added here. */
static void bias_of(Weights w, float *bias) {
    for (int j = 0; j < WIDE; j++) bias[j] = w.b_ih[j] + (j < 2 * HIDDEN ? w.b_hh[j] : 0);
}

static void step_forward(Weights w, Scratch *s, int layer, int t) {
    float *before = s->h[layer] + t * BLOCK, *gates = s->gates[layer] + t * BATCH * WIDE;
    float *inner = s->inner[layer] + t * BLOCK, *b_hn = s->bias;
    memcpy(b_hn, w.b_hh + 2 * HIDDEN, HIDDEN * sizeof(float));
    product(BATCH, 2 * HIDDEN, HIDDEN, before, HIDDEN, 1, w.w_hh, WIDE, gates, WIDE, 1, NULL);
    product(BATCH, HIDDEN, HIDDEN, before, HIDDEN, 1, w.w_hh + 2 * HIDDEN, WIDE, inner, HIDDEN, 2, b_hn);
    for (int b = 0; b < BATCH; b++) {
        float *r = gates + b * WIDE;
        const float *q = inner + b * HIDDEN, *h = before + b * HIDDEN;
        float *now = before + BLOCK + b * HIDDEN;
#pragma GCC ivdep
        for (int j = 0; j < HIDDEN; j++) {
            const float one = sigmoid_of(r[j]), z = sigmoid_of(r[HIDDEN + j]);
            const float n = tanh_of(r[2 * HIDDEN + j] + one * q[j]);
            now[j] = n + z * (h[j] - n);
            r[j] = one;
            r[HIDDEN + j] = z;
            r[2 * HIDDEN + j] = n;
        }
    }
}

static void begin_backward(Scratch *s) { (void)s; }

static void step_backward(Scratch *s, int layer, int t) {
    for (int b = 0; b < BATCH; b++) {
        const int at = t * BLOCK + b * HIDDEN, wide = (t * BATCH + b) * WIDE;
        const float *gates = s->gates[layer] + wide, *before = s->h[layer] + at, *q = s->inner[layer] + at;
        const float *g = s->arriving + BLOCK + at;
        float *d_x = s->d_x + wide, *d_h = s->d_h + wide, *arriving = s->arriving + at;
#pragma GCC ivdep
        for (int j = 0; j < HIDDEN; j++) {
            const float r = gates[j], z = gates[HIDDEN + j], n = gates[2 * HIDDEN + j];
            const float d_n = g[j] * (1 - z) * (1 - n * n);
            const float d_z = g[j] * (before[j] - n) * z * (1 - z);
            const float d_r = d_n * q[j] * r * (1 - r);
            d_x[j] = d_r;
            d_h[j] = d_r;
            d_x[HIDDEN + j] = d_z;
            d_h[HIDDEN + j] = d_z;
            d_x[2 * HIDDEN + j] = d_n;
            d_h[2 * HIDDEN + j] = d_n * r;
            arriving[j] += g[j] * z;
        }
    }
}
