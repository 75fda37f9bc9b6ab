/* Optimizer steps of recurrent networks, one network after the other.
 *
 * Weights, gradient, Adam's state and all states of one network stay in the cache of one core while
 * it makes many steps; nothing of another network is read, so company changes no bit.
 * Compiled for one shape: CELL (a file), GATES, INPUTS, HIDDEN (padded), LAYERS, OUTPUTS, BATCH,
 * STEPS (lags), ROW. The order of the parameters in a row is that of pipeline/rnn/layout.py.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "products.h"

#define CELLS (STEPS * BATCH)
#define BLOCK (BATCH * HIDDEN)
#define WIDE (GATES * HIDDEN)

typedef struct {
    const float *inputs;      /* [folds, rows, INPUTS] */
    const int64_t *ends;      /* [folds, windows] */
    const float *targets;     /* [folds, windows, OUTPUTS] */
    const uint8_t *observed;  /* [folds, windows, OUTPUTS] */
    int64_t n_rows, n_windows;
    const int64_t *which;     /* [networks] */
    const int64_t *numbers;   /* [steps, networks, BATCH] */
    const uint8_t *counted;   /* [steps, networks, BATCH] */
    const double *rates;      /* [steps, networks]; negative: this network has ended */
    int64_t n_networks, n_steps, first_step;
    float *rows, *mean, *square; /* [networks, ROW] */
    float *losses;            /* [steps, networks] */
    float clip;               /* negative: none */
    int64_t loss;             /* 0 squared, 1 absolute, 2 Huber */
} Job;

typedef struct {
    float x[CELLS * INPUTS];
    float h[LAYERS][BLOCK + CELLS * HIDDEN];     /* h_0 = 0, then the states of all steps */
    float inner[LAYERS][BLOCK + CELLS * HIDDEN]; /* gru: h W_hn + b_hn; lstm: c_0 = 0, then c */
    float gates[LAYERS][CELLS * WIDE];           /* after their sigmoid or tanh */
    float arriving[BLOCK + CELLS * HIDDEN];      /* gradient of h, from above and the next step */
    float d_x[CELLS * WIDE], d_h[CELLS * WIDE]; /* of x W_xh + b_ih and of h W_hh + b_hh */
    float turned[HIDDEN * WIDE], bias[WIDE];
    float out[BATCH * OUTPUTS], target[BATCH * OUTPUTS], gradient[ROW];
    uint8_t observed[BATCH * OUTPUTS];
} Scratch;

/* One layer's parameters in a row. */
typedef struct {
    const float *w_xh, *w_hh, *b_ih, *b_hh;
} Weights;

INLINE float sigmoid_of(float x) { return 0.5f + 0.5f * tanh_of(0.5f * x); }

#include CELL

static int inputs_of(int layer) { return layer ? HIDDEN : INPUTS; }

static int begin_of(int layer) {
    int at = 0;
    for (int l = 0; l < layer; l++) at += (inputs_of(l) + HIDDEN + 2) * WIDE;
    return at;
}

static void gather(const Job *job, int64_t f, const int64_t *numbers, const uint8_t *counted, Scratch *s) {
    for (int b = 0; b < BATCH; b++) {
        int64_t window = job->which[f] * job->n_windows + numbers[b];
        const float *last = job->inputs + (job->which[f] * job->n_rows + job->ends[window]) * INPUTS;
        for (int t = 0; t < STEPS; t++)
            memcpy(s->x + (t * BATCH + b) * INPUTS, last + (t - STEPS + 1) * INPUTS, INPUTS * sizeof(float));
        for (int o = 0; o < OUTPUTS; o++) {
            s->target[b * OUTPUTS + o] = job->targets[window * OUTPUTS + o];
            s->observed[b * OUTPUTS + o] = job->observed[window * OUTPUTS + o] && counted[b];
        }
    }
}

static Weights weights_of(const float *row, int layer) {
    const float *w_xh = row + begin_of(layer), *w_hh = w_xh + inputs_of(layer) * WIDE;
    return (Weights){w_xh, w_hh, w_hh + HIDDEN * WIDE, w_hh + HIDDEN * WIDE + WIDE};
}

static void forward(const float *row, Scratch *s) {
    for (int layer = 0; layer < LAYERS; layer++) {
        const Weights w = weights_of(row, layer);
        bias_of(w, s->bias);
        float *into = PROJECTED(s, layer);
        if (layer == 0)
            product(CELLS, WIDE, INPUTS, s->x, INPUTS, 1, w.w_xh, WIDE, into, WIDE, 2, s->bias);
        else
            product(CELLS, WIDE, HIDDEN, s->h[layer - 1] + BLOCK, HIDDEN, 1, w.w_xh, WIDE, into, WIDE, 2, s->bias);
        for (int t = 0; t < STEPS; t++) step_forward(w, s, layer, t);
    }
    const float *head = row + begin_of(LAYERS), *bias = head + HIDDEN * OUTPUTS;
    const float *last = s->h[LAYERS - 1] + STEPS * BLOCK;
    for (int b = 0; b < BATCH; b++)
        for (int o = 0; o < OUTPUTS; o++) {
            float sum = bias[o];
            for (int j = 0; j < HIDDEN; j++) sum += last[b * HIDDEN + j] * head[j * OUTPUTS + o];
            s->out[b * OUTPUTS + o] = sum;
        }
}

/* The mean loss; its gradient takes the place of the outputs. */
static float loss_of(int64_t kind, Scratch *s) {
    int count = 0;
    for (int k = 0; k < BATCH * OUTPUTS; k++) count += s->observed[k];
    const float n = count ? count : 1;
    float sum = 0;
    for (int k = 0; k < BATCH * OUTPUTS; k++) {
        float e = s->observed[k] ? s->out[k] - s->target[k] : 0, size = fabsf(e);
        float sign = e > 0 ? 1.0f : e < 0 ? -1.0f : e;
        if (kind == 0) sum += e * e, e = 2 * e;
        else if (kind == 1) sum += size, e = sign;
        else if (size <= 1) sum += e * e / 2;
        else sum += size - 0.5f, e = sign;
        s->out[k] = e / n;
    }
    return sum / n;
}

static void backward(const float *row, Scratch *s) {
    const float *head = row + begin_of(LAYERS);
    float *g_head = s->gradient + begin_of(LAYERS), *g_bias = g_head + HIDDEN * OUTPUTS;
    const float *last = s->h[LAYERS - 1] + STEPS * BLOCK;
    memset(s->gradient + begin_of(LAYERS), 0, (ROW - begin_of(LAYERS)) * sizeof(float));
    memset(s->arriving, 0, sizeof(s->arriving));
    for (int b = 0; b < BATCH; b++)
        for (int o = 0; o < OUTPUTS; o++) {
            float e = s->out[b * OUTPUTS + o];
            g_bias[o] += e;
            for (int j = 0; j < HIDDEN; j++) {
                g_head[j * OUTPUTS + o] += e * last[b * HIDDEN + j];
                s->arriving[STEPS * BLOCK + b * HIDDEN + j] += e * head[j * OUTPUTS + o];
            }
        }
    for (int layer = LAYERS - 1; layer >= 0; layer--) {
        const int I = inputs_of(layer);
        const Weights w = weights_of(row, layer);
        float *g_xh = s->gradient + begin_of(layer), *g_hh = g_xh + I * WIDE, *g_b = g_hh + HIDDEN * WIDE;
        const float *d_h = SAME_GRADIENT ? s->d_x : s->d_h;
        turn(HIDDEN, WIDE, w.w_hh, s->turned);
        begin_backward(s);
        for (int t = STEPS - 1; t >= 0; t--) {
            step_backward(s, layer, t);
            if (t)
                product(BATCH, HIDDEN, WIDE, d_h + t * BATCH * WIDE, WIDE, 1, s->turned, HIDDEN,
                        s->arriving + t * BLOCK, HIDDEN, 1, NULL);
        }
        memset(g_hh, 0, HIDDEN * WIDE * sizeof(float));
        product(HIDDEN, WIDE, CELLS - BATCH, s->h[layer] + BLOCK, 1, HIDDEN, d_h + BATCH * WIDE, WIDE, g_hh, WIDE, 1, NULL);
        if (layer == 0)
            product(INPUTS, WIDE, CELLS, s->x, 1, INPUTS, s->d_x, WIDE, g_xh, WIDE, 0, NULL);
        else
            product(HIDDEN, WIDE, CELLS, s->h[layer - 1] + BLOCK, 1, HIDDEN, s->d_x, WIDE, g_xh, WIDE, 0, NULL);
        sums(CELLS, WIDE, s->d_x, g_b);
        sums(CELLS, WIDE, d_h, g_b + WIDE);
        if (layer) {
            turn(HIDDEN, WIDE, w.w_xh, s->turned);
            product(CELLS, HIDDEN, WIDE, s->d_x, WIDE, 1, s->turned, HIDDEN, s->arriving + BLOCK, HIDDEN, 0, NULL);
        }
    }
}

/* Clipping and one step of Adam (Kingma and Ba 2015), as pipeline/rnn/optimizer.py makes them. */
static void move(float *row, float *mean, float *square, const float *g, float clip, double rate, int64_t step) {
    const double one = 1 - pow(0.9, step + 1), two = 1 - pow(0.999, step + 1);
    const float size = rate / one, root = sqrt(two);
    float shorter = 1;
    if (clip >= 0) {
        vec sum = (vec){};
        for (int j = 0; j < ROW; j += WIDTH) sum += *(const vec *)(g + j) * *(const vec *)(g + j);
        float norm = 0;
        for (int j = 0; j < WIDTH; j++) norm += sum[j];
        norm = sqrtf(norm);
        shorter = isfinite(norm) ? fminf(clip / (norm + 1e-6f), 1) : NAN;
    }
    for (int j = 0; j < ROW; j++) {
        float e = g[j] * shorter;
        mean[j] += 0.1f * (e - mean[j]);
        square[j] = 0.999f * square[j] + (1 - 0.999f) * e * e;
        row[j] -= size * mean[j] / (sqrtf(square[j]) / root + 1e-8f);
    }
}

/* All steps of the networks from `begin` to `end`. Returns 0, or 1 where there is no memory. */
int make_steps(const Job *job, int64_t begin, int64_t end) {
    Scratch *s = aligned_alloc(64, (sizeof(Scratch) + 63) / 64 * 64);
    if (!s) return 1;
    memset(s, 0, sizeof(Scratch));
    for (int64_t f = begin; f < end; f++)
        for (int64_t step = 0; step < job->n_steps; step++) {
            const int64_t at = step * job->n_networks + f;
            if (job->rates[at] < 0) break;
            gather(job, f, job->numbers + at * BATCH, job->counted + at * BATCH, s);
            forward(job->rows + f * ROW, s);
            job->losses[at] = loss_of(job->loss, s);
            backward(job->rows + f * ROW, s);
            move(job->rows + f * ROW, job->mean + f * ROW, job->square + f * ROW, s->gradient, job->clip,
                 job->rates[at], job->first_step + step);
        }
    free(s);
    return 0;
}
