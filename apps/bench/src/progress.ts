/** Where a long run says how far it is. */
export interface Progress {
  start(label: string, total: number): void;
  update(done: number): void;
  stop(): void;
}

const silent: Progress = { start() {}, update() {}, stop() {} };

/** A bar on standard error when that is a terminal; nothing in a pipe. */
export async function terminalProgress(): Promise<Progress> {
  if (!process.stderr.isTTY) return silent;
  const { default: bars } = await import('cli-progress');
  const bar = new bars.SingleBar({
    format: '{label} [{bar}] {value}/{total}, {eta_formatted} left',
    barsize: 30,
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr,
  });
  return {
    start: (label, total) => bar.start(total, 0, { label }),
    update: (done) => bar.update(done),
    stop: () => bar.stop(),
  };
}
