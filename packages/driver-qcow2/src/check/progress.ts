/** Tells a caller how far a check is, in metadata clusters. The total grows while tables are found. */
export class Progress {
  private done = 0;
  private total = 0;
  private readonly tell: ((done: number, total: number) => void) | undefined;

  constructor(tell: ((done: number, total: number) => void) | undefined) {
    this.tell = tell;
  }

  /** More to do was found. */
  expect(clusters: number): void {
    this.total += clusters;
  }

  /** A cluster was looked at. */
  step(): void {
    this.done++;
    if (this.tell !== undefined && this.done % 256 === 0) this.tell(this.done, this.total);
  }

  /** All was looked at. */
  finish(): void {
    this.tell?.(this.total, this.total);
  }
}
