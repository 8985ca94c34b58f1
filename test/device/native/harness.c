/*
 * Runs kernels on blocks of memory that are exactly as large as they have to be. What to run stands in the file that is given:
 * doubles, and the contents of blocks, each begun at a multiple of 8 bytes. `sanitize.ts` writes it, and the table of kernels.
 *
 * Everything is done twice: by one thread, and by three with every block moved by one element, so that nothing is aligned by chance.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef void (*kernel)(const double *, int32_t *, int32_t, int32_t);
extern const kernel kernels[];
double walk(double team, const double *entries, int32_t count, int32_t *status, int32_t threads);

enum { ANYTHING, FILLED, PER_THREAD };
typedef struct { char *memory, *start; } block;

static FILE *script;

static double next(void) {
  double value;
  if (fread(&value, sizeof value, 1, script) != 1) exit(3);
  return value;
}

static block allocate(int threads) {
  const size_t bytes = next(), kind = next(), moved = threads > 1 ? (size_t)next() : (next(), 0);
  block b;
  b.memory = malloc(bytes * (kind == PER_THREAD ? threads : 1) + moved);
  b.start = b.memory + moved;
  if (kind == FILLED) {
    if (fread(b.start, 1, bytes, script) != bytes) exit(3);
    fseek(script, -bytes & 7, SEEK_CUR);
  }
  return b;
}

/* One plan: its blocks, then the calls, as the machine's table has them. */
static void run(double team, int threads) {
  const int blocks = next(), calls = next(), cells = next();
  block *own = malloc(blocks * sizeof *own);
  double *entries = malloc(3 * calls * sizeof *entries), *arguments = malloc(cells * sizeof *arguments);
  int32_t *status = calloc(2, sizeof *status);
  for (int i = 0; i < blocks; i++) own[i] = allocate(threads);
  double *cell = arguments;
  for (int i = 0; i < calls; i++) {
    entries[3 * i] = (intptr_t)kernels[(int)next()];
    entries[3 * i + 1] = (intptr_t)cell;
    entries[3 * i + 2] = 0;
    for (int count = next(); count > 0; count--) {
      const int of = next();
      const double value = next();
      *cell++ = of < 0 ? value : (double)(intptr_t)(own[of].start + (size_t)value);
    }
  }
  walk(team, entries, calls, status, threads);
  if (status[0] != 0) {
    fprintf(stderr, "check %d failed for %d\n", status[0] - 1, status[1]);
    exit(4);
  }
  for (int i = 0; i < blocks; i++) free(own[i].memory);
  free(own), free(entries), free(arguments), free(status);
}

int main(int count, char **given) {
  if (count != 2 || !(script = fopen(given[1], "rb"))) return 2;
  for (int threads = 1; threads <= 3; threads += 2) {
    rewind(script);
    const double team = walk(0, 0, 0, 0, threads);
    const int runs = next();
    for (int i = 0; i < runs; i++) run(team, threads);
    printf("%d plans by %d threads\n", runs, threads);
  }
  return 0;
}
