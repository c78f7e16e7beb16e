import { Prng } from '@q/block';
import type { Qcow2Image } from '../../src/index.ts';
import { batches, type Batch } from './sequence.ts';
import { terrainOf, type Shape } from './shapes.ts';

/** A part of a sequence: requests on a disk of one size, then a change of that size. */
export interface Round {
  readonly size: number;
  readonly batches: readonly Batch[];
  /** The size that the disk is to have after. */
  readonly next: number;
}

/** Draws rounds that end at any size, inside of clusters too, up to twice that of the shape. */
export function* rounds(shape: Shape, seed: number, count: number, each: number): Generator<Round> {
  const random = new Prng(seed * 77);
  const first = Math.ceil(shape.create.size / 512);
  let size = first * 512;
  for (let i = 0; i < count; i++) {
    let next = (1 + random.below(first * 2)) * 512;
    if (!growable(shape)) next = Math.min(next, size);
    yield {
      size,
      batches: [...batches(seed * 100 + i, each, terrainOf(shape, size))],
      next,
    };
    size = next;
  }
}

/** Version 2 cannot hide what a longer backing device has. */
function growable(shape: Shape): boolean {
  return !(shape.create.version === 2 && shape.backing > 0);
}

/** The bytes of the guest after a change of size. */
export function resized(bytes: Uint8Array, size: number): Uint8Array {
  const after = new Uint8Array(size);
  after.set(bytes.subarray(0, size));
  return after;
}

/** Changes the size, with consent. */
export async function resize(disk: Qcow2Image, size: number): Promise<void> {
  await disk.resize(size, { shrink: true });
}
