import { DeviceLayer, type MaybePromise } from '@q/block';

/** A device whose requests can be held back, and let go one by one. */
export class HeldDevice extends DeviceLayer {
  /** Says which requests to hold, when one comes. */
  holds: (op: 'read' | 'write', bytes: Uint8Array, offset: number) => boolean = () => false;
  readonly held: (() => void)[] = [];

  override read(into: Uint8Array, offset: number): MaybePromise<void> {
    return this.hold(this.holds('read', into, offset), () => super.read(into, offset));
  }

  override write(from: Uint8Array, offset: number): MaybePromise<void> {
    return this.hold(this.holds('write', from, offset), () => super.write(from, offset));
  }

  override async writev(parts: readonly Uint8Array[], offset: number): Promise<void> {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    await this.write(whole, offset);
  }

  private hold(held: boolean, work: () => MaybePromise<void>): MaybePromise<void> {
    if (!held) return work();
    return new Promise((resolve) => this.held.push(() => resolve(work())));
  }
}
