const SHORT_MS = 0.2;

/**
 * Milliseconds that `work` takes: processor time, so that the turns of other programs do not count, or the clock's where the work is too short
 * for the resolution of processor time (1 us). Other threads of this process must rest meanwhile.
 */
export function processorMs(work: () => void): number {
  const before = process.cpuUsage();
  const start = performance.now();
  work();
  const clock = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return clock < SHORT_MS ? clock : Math.min(clock, (user + system) / 1000);
}
