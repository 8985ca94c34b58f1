/**
 * The C that runs a plan in one call: all threads walk the plan's table of kernels side by side, meet before and after each
 * kernel that they share, and stop together when a check has failed.
 *
 * The threads are the library's own. Between plans, and where one waits for another, they look for a while and then sleep.
 */
import { type CKernel, NAME } from '../../emit/c/kernel.js';

/** An entry of the table, in doubles: the address of a kernel, that of its arguments, and 1 if the first thread runs it alone. */
export const ENTRY = 3;

/** What the walker's name is followed by in that of the function that asks for large pages. */
export const ADVISE = '_advise';

/** How often a waiting thread looks before it sleeps: about a tenth of a millisecond, which a step of define-by-run code takes to be built. Longer is worse where other processes want the cores. */
const LOOKS = 4000;

/**
 * `NAME(team, entries, count, status, threads)`: with team 0 it makes a team of so many threads, the caller included, and returns its
 * address; else it runs `count` entries with the threads of the team (1: the caller alone) and returns 0.
 *
 * `NAME_advise(address, bytes)` asks for large pages under new memory: the first touch of 64 MB takes 7 ms with them and 35 ms
 * without, longer than most kernels take to fill it.
 */
export const WALKER: CKernel = {
  text: `\
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
typedef void (*kernel)(const double *, i32 *, i32, i32);
typedef struct {
  i32 threads, sleepers;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  /* The job of the team, and how many there have been. */
  const double *entries;
  i32 count, *status;
  i32 jobs __attribute__((aligned(64)));
  /* Where threads meet: how many have arrived, how many meetings there have been, and whether to stop. */
  i32 arrived __attribute__((aligned(64)));
  i32 meetings, stop;
} team;
typedef struct { team *of; i32 thread; } member;

static void wait_while(team *t, i32 *word, i32 old) {
  for (i32 i = 0; i < ${LOOKS}; i++) {
    if (__atomic_load_n(word, __ATOMIC_ACQUIRE) != old) return;
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
  }
  pthread_mutex_lock(&t->lock);
  __atomic_add_fetch(&t->sleepers, 1, __ATOMIC_SEQ_CST);
  while (__atomic_load_n(word, __ATOMIC_SEQ_CST) == old) pthread_cond_wait(&t->changed, &t->lock);
  __atomic_sub_fetch(&t->sleepers, 1, __ATOMIC_SEQ_CST);
  pthread_mutex_unlock(&t->lock);
}

static void advance(team *t, i32 *word) {
  __atomic_add_fetch(word, 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&t->sleepers, __ATOMIC_SEQ_CST) == 0) return;
  pthread_mutex_lock(&t->lock);
  pthread_cond_broadcast(&t->changed);
  pthread_mutex_unlock(&t->lock);
}

/* Whether to stop is decided by the last to arrive, for all. */
static i32 meet(team *t, const i32 *status) {
  const i32 meeting = __atomic_load_n(&t->meetings, __ATOMIC_ACQUIRE);
  if (__atomic_add_fetch(&t->arrived, 1, __ATOMIC_ACQ_REL) == t->threads) {
    t->stop = status[0] != 0;
    __atomic_store_n(&t->arrived, 0, __ATOMIC_RELAXED);
    advance(t, &t->meetings);
  } else wait_while(t, &t->meetings, meeting);
  return t->stop;
}

static void call(const double *entry, i32 *status, i32 thread, i32 threads) {
  ((kernel)(intptr_t)entry[0])((const double *)(intptr_t)entry[1], status, thread, threads);
}

static void walk_alone(const double *entries, i32 count, i32 *status) {
  for (i32 i = 0; i < count && status[0] == 0; i++) call(entries + ${ENTRY} * i, status, 0, 1);
}

static void walk_together(team *t, const double *entries, i32 count, i32 *status, i32 thread) {
  i32 met = 1;
  for (i32 i = 0; i < count; i++) {
    const double *entry = entries + ${ENTRY} * i;
    if (entry[2] != 0) {
      if (thread == 0 && status[0] == 0) call(entry, status, 0, 1);
      met = 0;
      continue;
    }
    if (!met && meet(t, status)) return;
    call(entry, status, thread, t->threads);
    if (meet(t, status)) return;
    met = 1;
  }
}

static void *work(void *given) {
  const member m = *(member *)given;
  free(given);
  team *t = m.of;
  for (i32 job = 0;; job++) {
    wait_while(t, &t->jobs, job);
    walk_together(t, t->entries, t->count, t->status, m.thread);
    meet(t, t->status);
  }
  return 0;
}

/* The threads outlive whoever unloads this library, at the end of the process for one: its code has to stay. */
static void stay(void) {
  Dl_info own;
  if (dladdr((void *)&work, &own)) dlopen(own.dli_fname, RTLD_NOW | RTLD_NODELETE);
}

static team *make(i32 threads) {
  team *t = 0;
  if (posix_memalign((void **)&t, 64, sizeof *t) != 0) return 0;
  *t = (team){.threads = 1};
  pthread_mutex_init(&t->lock, 0);
  pthread_cond_init(&t->changed, 0);
  if (threads > 1) stay();
  /* Signals are for Node's threads. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (i32 i = 1; i < threads; i++) {
    member *m = malloc(sizeof *m);
    pthread_t id;
    if (!m) break;
    *m = (member){t, i};
    if (pthread_create(&id, 0, work, m) != 0) { free(m); break; }
    pthread_detach(id);
    t->threads = i + 1;
  }
  pthread_sigmask(SIG_SETMASK, &before, 0);
  return t;
}

double ${NAME}(double address, const double *entries, i32 count, i32 *status, i32 threads) {
  team *t = (team *)(intptr_t)address;
  if (!t) return (double)(intptr_t)make(threads);
  if (threads == 1 || t->threads == 1) {
    walk_alone(entries, count, status);
    return 0;
  }
  t->entries = entries, t->count = count, t->status = status;
  advance(t, &t->jobs);
  walk_together(t, entries, count, status, 0);
  meet(t, status);
  return 0;
}

void ${NAME}${ADVISE}(uintptr_t address, uintptr_t bytes) {
#ifdef MADV_HUGEPAGE
  const uintptr_t page = 2 << 20, from = (address + page - 1) & -page, to = (address + bytes) & -page;
  if (to > from) madvise((void *)from, to - from, MADV_HUGEPAGE);
#endif
}
`,
  functions: new Map(),
  lanes: new Set(),
};
