import type { BlockDevice, WriteZeroesOptions } from '../device.ts';
import { chain, type MaybePromise } from '../maybe.ts';
import type { MemoryDevice } from '../memory.ts';
import { Prng } from '../prng.ts';
import { joined } from '../writev.ts';
import { DeviceLayer } from './device-layer.ts';
import type { Change } from './journal.ts';
import { applyChoice, randomChoice, type SurvivorChoice } from './survivor.ts';

/** How {@link withPowerCut} behaves. */
export interface PowerCutOptions {
  /**
   * Called at each flush, before anything new is durable: what `survivors` gives in it are the images that a power cut just before the flush
   * could leave. The flush completes after the promise it returns; changes made meanwhile wait for the next flush.
   */
  readonly onFlush?: (device: PowerCutDevice) => MaybePromise<void>;
}

/** An image that a power cut could leave, and why. */
export interface Survivor {
  readonly image: MemoryDevice;
  readonly choice: SurvivorChoice;
}

/** A disk with a volatile cache, whose power can be cut. */
export interface PowerCutDevice extends BlockDevice {
  /** Changes since the last flush that completed. */
  readonly unflushed: number;
  /** What the last completed flush made durable. */
  durable(): MemoryDevice;
  /** The image that this choice leaves. Independent of the device; costs what the unflushed changes cost. */
  survivor(choice: SurvivorChoice): MemoryDevice;
  /** `count` images that a power cut at this instant could leave: the one without and the one with all changes first, then random ones. */
  survivors(options: { readonly seed: number; readonly count: number }): Iterable<Survivor>;
}

class PowerCutLayer extends DeviceLayer implements PowerCutDevice {
  readonly #memory: MemoryDevice;
  readonly #onFlush: PowerCutOptions['onFlush'];
  #durable: MemoryDevice;
  #changes: Change[] = [];
  // How many changes there were before the first of `#changes`, and whether there can be more.
  #flushed = 0;
  #closed = false;

  constructor(memory: MemoryDevice, options: PowerCutOptions) {
    super(memory);
    this.#memory = memory;
    this.#durable = memory.clone();
    this.#onFlush = options.onFlush;
  }

  get unflushed(): number {
    return this.#changes.length;
  }

  durable(): MemoryDevice {
    return this.#durable.clone();
  }

  survivor(choice: SurvivorChoice): MemoryDevice {
    return applyChoice(this.#durable, this.#changes, choice);
  }

  *survivors({ seed, count }: { seed: number; count: number }): Iterable<Survivor> {
    const random = new Prng(seed);
    // The instant of the call, whatever happens to the device while the caller looks at images.
    const durable = this.#durable;
    const changes = this.#changes.slice();
    for (let index = 0; index < count; index++) {
      const choice = randomChoice(random, changes, index);
      yield { image: applyChoice(durable, changes, choice), choice };
    }
  }

  override write(from: Uint8Array, offset: number): void {
    this.#memory.write(from, offset);
    this.#note('write', offset, from.length, new Uint8Array(from));
  }

  override writev(parts: readonly Uint8Array[], offset: number): void {
    this.#memory.writev(parts, offset);
    const bytes = joined(parts);
    this.#note('write', offset, bytes.length, bytes);
  }

  override writeZeroes(offset: number, length: number, options?: WriteZeroesOptions): void {
    this.#memory.writeZeroes(offset, length);
    this.#note('writeZeroes', offset, length, undefined, options);
  }

  override discard(offset: number, length: number): void {
    this.#memory.discard(offset, length);
    this.#note('discard', offset, length);
  }

  override resize(size: number): void {
    this.#memory.resize(size);
    this.#note('resize', size, 0);
  }

  override flush(): MaybePromise<void> {
    this.#memory.flush();
    const covered = this.#flushed + this.#changes.length;
    const image = this.#memory.clone();
    return chain(this.#onFlush?.(this), () => {
      // Of two flushes in flight the later one may complete first: the earlier one then has nothing left to do.
      if (covered <= this.#flushed) return;
      this.#changes = this.#changes.slice(covered - this.#flushed);
      this.#flushed = covered;
      this.#durable = image;
    });
  }

  override close(): MaybePromise<void> {
    return chain(this.flush(), () => {
      this.#memory.close();
      this.#closed = true;
    });
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed) await this.close();
  }

  #note(
    op: Change['op'],
    offset: number,
    length: number,
    bytes?: Uint8Array,
    options?: WriteZeroesOptions,
  ): void {
    this.#changes.push({ op, offset, length, bytes, options, size: this.#memory.size });
  }
}

/**
 * `memory` as a disk that loses power: every change since the last completed flush is kept apart, and `survivors` gives the images that a cut
 * at this instant could leave. Of each change nothing, all, or any of its 512-byte sectors survives; changes that survive are applied
 * in the order of issue; the size survives apart from the bytes, and what lies past the surviving size is gone. What `memory` holds at
 * the call counts as durable.
 */
export function withPowerCut(memory: MemoryDevice, options: PowerCutOptions = {}): PowerCutDevice {
  return new PowerCutLayer(memory, options);
}
