import { DeviceLayer, MemoryDevice, Prng } from '@q/block';
import type { CacheStrategy } from '@q/cache';
import { lruRbtree } from '@q/cache-lru-rbtree';
import { lfu } from '@q/cache-policies/lfu';
import { setAssoc } from '@q/cache-set-assoc';
import {
  create,
  type Qcow1CreateOptions,
  type Qcow1Image,
  type Qcow1OpenOptions,
} from '../../src/index.ts';
import type { Terrain } from './sequence.ts';

/** A kind of image that sequences run on. */
export interface Shape {
  readonly name: string;
  readonly create: Qcow1CreateOptions;
  /** Bytes of raw device below; 0 = none. */
  readonly backing: number;
  readonly encrypted?: boolean;
  readonly takeOver?: boolean;
}

/** Small tables, so that sequences meet many of them. */
export const SHAPES: readonly Shape[] = [
  { name: '4 KiB clusters', create: { size: 150 * 4096 + 512, l2Entries: 64 }, backing: 0 },
  {
    name: '512-byte clusters over a shorter backing device',
    create: { size: 300 * 512, l2Entries: 64, backing: { name: 'b' } },
    backing: 211 * 512 + 100,
  },
  {
    name: '4 KiB clusters over a longer backing device',
    create: { size: 90 * 4096 + 512, clusterSize: 4096, l2Entries: 64, backing: { name: 'b' } },
    backing: 100 * 4096,
  },
  {
    name: '512-byte clusters, tables larger than clusters',
    create: { size: 700 * 512, clusterSize: 512, l2Entries: 128 },
    backing: 0,
  },
  {
    name: '16 KiB clusters, tails copied with the first write',
    create: { size: 20 * 16384 + 512, clusterSize: 16384, backing: { name: 'b' } },
    backing: 15 * 16384 + 777,
    takeOver: false,
  },
  {
    name: 'encrypted, 4 KiB clusters over a backing device',
    create: { size: 80 * 4096 + 1024, clusterSize: 4096, l2Entries: 64, backing: { name: 'b' } },
    backing: 50 * 4096 + 300,
    encrypted: true,
  },
];

/** Strategies that sequences run with; the first is so small that tables are evicted, dirty and pinned, all the time. */
export const STRATEGIES: readonly { readonly name: string; make(): CacheStrategy }[] = [
  { name: 'tree of 2', make: () => lruRbtree({ tables: 2 }) },
  { name: 'direct-mapped, 4', make: () => setAssoc({ tables: 4, ways: 1 }) },
  { name: 'least frequently used, 16', make: () => lfu({ tables: 16 }) },
];

/** A made image and what belongs to it. */
export interface Made {
  readonly shape: Shape;
  readonly file: MemoryDevice;
  readonly backing: MemoryDevice | undefined;
  /** What the guest reads. */
  readonly bytes: Uint8Array;
}

export const PASSPHRASE = 'sesame';

/** Makes an image of a shape, with bytes below it. */
export async function make(shape: Shape, seed: number): Promise<Made> {
  const file = new MemoryDevice();
  const bytes = new Uint8Array(Math.ceil(shape.create.size / 512) * 512);
  let backing: MemoryDevice | undefined;
  if (shape.backing > 0) {
    const below = new Prng(seed).fill(new Uint8Array(shape.backing));
    backing = new MemoryDevice(below);
    bytes.set(below.subarray(0, bytes.length));
  }
  const made: Made = { shape, file, backing, bytes };
  await (await create(file, shape.create, openOptions(made))).close();
  // No program should make encrypted images, so there is no option for it: one that is empty differs in one bit.
  if (shape.encrypted === true) file.write(Uint8Array.of(0, 0, 0, 1), 36);
  return made;
}

/** A device that stays open when its borrower closes it. */
export class Lent extends DeviceLayer {
  override close(): void {}
}

/** How a made image is opened. */
export function openOptions({ shape, backing }: Pick<Made, 'shape' | 'backing'>): Qcow1OpenOptions {
  return {
    backing: () => {
      if (backing === undefined) throw new Error('nothing was made for this reference');
      return new Lent(backing);
    },
    passphrase: () => PASSPHRASE,
    ...(shape.takeOver === undefined ? {} : { takeOver: shape.takeOver }),
  };
}

/** What sequences need to know of an image. */
export function terrainOf(shape: Shape, disk: Qcow1Image): Terrain {
  const { clusterSize } = disk.geometry;
  return { size: disk.size, clusterSize, compresses: shape.encrypted !== true };
}

/** Reads a whole disk in pieces of `step` bytes. */
export async function readAll(disk: Qcow1Image, step = 1 << 20): Promise<Uint8Array> {
  const bytes = new Uint8Array(disk.size);
  for (let at = 0; at < bytes.length; at += step) {
    await disk.read(bytes.subarray(at, Math.min(bytes.length, at + step)), at);
  }
  return bytes;
}
