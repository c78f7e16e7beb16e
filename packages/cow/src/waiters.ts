/** Those who wait for something to change. */
export class Waiters {
  private waiting: (() => void)[] | undefined;

  /** Resolves at the next `wake`. Never rejects. */
  changed(): Promise<void> {
    return new Promise((resolve) => (this.waiting ??= []).push(resolve));
  }

  /** Lets go all who wait now. */
  wake(): void {
    const { waiting } = this;
    if (waiting === undefined) return;
    this.waiting = undefined;
    for (const resolve of waiting) resolve();
  }
}
