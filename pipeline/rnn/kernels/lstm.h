/* The gates i, f, g, o side by side; c_t = f c_{t-1} + i g, h_t = o tanh(c_t):
 * pipeline/rnn/cells/lstm.py. */
#define SAME_GRADIENT 1
#define PROJECTED(s, layer) (s)->gates[layer]

static void bias_of(Weights w, float *bias) {
    for (int j = 0; j < WIDE; j++) bias[j] = w.b_ih[j] + w.b_hh[j];
}

static void step_forward(Weights w, Scratch *s, int layer, int t) {
    float *before = s->h[layer] + t * BLOCK, *gates = s->gates[layer] + t * BATCH * WIDE;
    if (t) product(BATCH, WIDE, HIDDEN, before, HIDDEN, 1, w.w_hh, WIDE, gates, WIDE, 1, NULL);
    for (int b = 0; b < BATCH; b++) {
        float *i = gates + b * WIDE, *h = before + BLOCK + b * HIDDEN;
        float *c = s->inner[layer] + (t + 1) * BLOCK + b * HIDDEN;
        const float *c_before = c - BLOCK;
#pragma GCC ivdep
        for (int j = 0; j < HIDDEN; j++) {
            const float in = sigmoid_of(i[j]), forget = sigmoid_of(i[HIDDEN + j]);
            const float g = tanh_of(i[2 * HIDDEN + j]), out = sigmoid_of(i[3 * HIDDEN + j]);
            c[j] = forget * c_before[j] + in * g;
            h[j] = out * tanh_of(c[j]);
            i[j] = in;
            i[HIDDEN + j] = forget;
            i[2 * HIDDEN + j] = g;
            i[3 * HIDDEN + j] = out;
        }
    }
}

/* The gradient of c_t goes on from step to step; it is kept where only gru keeps something. */
static void begin_backward(Scratch *s) { memset(s->d_h, 0, BLOCK * sizeof(float)); }

static void step_backward(Scratch *s, int layer, int t) {
    for (int b = 0; b < BATCH; b++) {
        const int at = (t + 1) * BLOCK + b * HIDDEN, wide = (t * BATCH + b) * WIDE;
        const float *gates = s->gates[layer] + wide, *c = s->inner[layer] + at, *before = c - BLOCK;
        const float *arriving = s->arriving + at;
        float *d_i = s->d_x + wide, *d_c = s->d_h + b * HIDDEN;
#pragma GCC ivdep
        for (int j = 0; j < HIDDEN; j++) {
            const float i = gates[j], f = gates[HIDDEN + j], g = gates[2 * HIDDEN + j], o = gates[3 * HIDDEN + j];
            const float y = tanh_of(c[j]), one = arriving[j], d = d_c[j] + one * o * (1 - y * y);
            d_i[j] = d * g * i * (1 - i);
            d_i[HIDDEN + j] = d * before[j] * f * (1 - f);
            d_i[2 * HIDDEN + j] = d * i * (1 - g * g);
            d_i[3 * HIDDEN + j] = one * y * o * (1 - o);
            d_c[j] = d * f;
        }
    }
}
