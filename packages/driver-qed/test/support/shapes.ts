import { DeviceLayer, MemoryDevice, Prng, type BlockDevice } from '@q/block';
import type { CacheStrategy } from '@q/cache';
import { lruRbtree } from '@q/cache-lru-rbtree';
import { setAssoc } from '@q/cache-set-assoc';
import { qedFifo } from '@q/qed';
import { create, type QedCreateOptions, type QedOpenOptions } from '../../src/index.ts';
import type { Terrain } from './sequence.ts';

/** A kind of image that sequences run on. */
export interface Shape {
  readonly name: string;
  readonly create: QedCreateOptions;
  /** Bytes of raw device below; 0 = none. */
  readonly backing: number;
}

const backing = { name: 'b', format: 'raw' };

/** Clusters and tables small and large, alone and over backing devices shorter and longer than the disk. */
export const SHAPES: readonly Shape[] = [
  {
    name: '4 KiB clusters, tables of 1, two of them',
    create: { size: 540 * 4096 + 512, clusterSize: 4096, tableSize: 1 },
    backing: 0,
  },
  {
    name: '4 KiB clusters, shorter backing device',
    create: { size: 90 * 4096 + 1024, clusterSize: 4096, tableSize: 2, backing },
    backing: 61 * 4096 + 700,
  },
  {
    name: '4 KiB clusters, longer backing device',
    create: { size: 530 * 4096 + 512, clusterSize: 4096, tableSize: 1, backing },
    backing: 600 * 4096,
  },
  {
    name: '16 KiB clusters, tables of 16',
    create: { size: 30 * 16384 + 512, clusterSize: 16384, tableSize: 16, backing },
    backing: 25 * 16384 + 700,
  },
  {
    name: '64 KiB clusters',
    create: { size: 9 * 65536 + 512 },
    backing: 0,
  },
];

/** Strategies that sequences run with; the first is so small that tables are evicted, dirty and pinned, all the time. */
export const STRATEGIES: readonly { readonly name: string; make(): CacheStrategy }[] = [
  { name: 'tree of 2', make: () => lruRbtree({ tables: 2 }) },
  { name: 'direct-mapped, 4', make: () => setAssoc({ tables: 4, ways: 1 }) },
  { name: 'QED, 50', make: () => qedFifo() },
];

/** A made image and what belongs to it. */
export interface Made {
  readonly file: MemoryDevice;
  readonly backing: MemoryDevice | undefined;
  /** What the guest reads. */
  readonly bytes: Uint8Array;
}

/** Makes an image of a shape, with bytes below it. */
export async function make(shape: Shape, seed: number): Promise<Made> {
  const random = new Prng(seed);
  const file = new MemoryDevice();
  const bytes = new Uint8Array(Math.ceil(shape.create.size / 512) * 512);
  let below: MemoryDevice | undefined;
  if (shape.backing > 0) {
    const content = new Uint8Array(shape.backing);
    for (let i = 0; i < content.length; i++) content[i] = random.below(256);
    below = new MemoryDevice(content);
    bytes.set(content.subarray(0, Math.min(content.length, bytes.length)));
  }
  const made = { file, backing: below, bytes };
  await (await create(file, shape.create, gates(made))).close();
  return made;
}

/** A device that stays open when its borrower closes it. */
export class Lent extends DeviceLayer {
  override close(): void {}
}

/** Gates that lend what was made. */
export function gates(made: Pick<Made, 'backing'>): QedOpenOptions {
  return {
    backing: ({ name, format }): BlockDevice => {
      if (made.backing === undefined || name !== 'b' || format !== 'raw') {
        throw new Error(`nothing was made for ${name}`);
      }
      return new Lent(made.backing);
    },
  };
}

/** Options with slices that are as small as can be, or with whole tables. */
export function sliced(seed: number): QedOpenOptions {
  return seed % 2 === 0 ? {} : { l2EntrySize: 512 };
}

/** What sequences need to know of an image of that shape. */
export function terrainOf(shape: Shape, size: number): Terrain {
  return { size, clusterSize: shape.create.clusterSize ?? 65536, discards: false };
}
