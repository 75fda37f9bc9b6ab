/* h_t = tanh(x_t W_xh + h_{t-1} W_hh + b): pipeline/rnn/cells/rnn.py. */
#define SAME_GRADIENT 1
#define PROJECTED(s, layer) ((s)->h[layer] + BLOCK)

static void bias_of(Weights w, float *bias) {
    for (int j = 0; j < HIDDEN; j++) bias[j] = w.b_ih[j] + w.b_hh[j];
}

static void step_forward(Weights w, Scratch *s, int layer, int t) {
    float *h = s->h[layer] + (t + 1) * BLOCK;
    if (t) product(BATCH, HIDDEN, HIDDEN, h - BLOCK, HIDDEN, 1, w.w_hh, HIDDEN, h, HIDDEN, 1, NULL);
    for (int j = 0; j < BLOCK; j++) h[j] = tanh_of(h[j]);
}

static void begin_backward(Scratch *s) { (void)s; }

static void step_backward(Scratch *s, int layer, int t) {
    const float *h = s->h[layer] + (t + 1) * BLOCK, *g = s->arriving + (t + 1) * BLOCK;
    float *d = s->d_x + t * BLOCK;
    for (int j = 0; j < BLOCK; j++) d[j] = g[j] * (1 - h[j] * h[j]);
}
