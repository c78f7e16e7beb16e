import { DeviceLayer, MemoryDevice, Prng, type BlockDevice } from '@q/block';
import type { CacheStrategy } from '@q/cache';
import { lruRbtree } from '@q/cache-lru-rbtree';
import { qemuLinear } from '@q/cache-policies';
import { setAssoc } from '@q/cache-set-assoc';
import type { Terrain } from './sequence.ts';
import { create, type Qcow2CreateOptions, type Qcow2OpenOptions } from '../../src/index.ts';

/** A kind of image that sequences run on. */
export interface Shape {
  readonly name: string;
  readonly create: Qcow2CreateOptions;
  /** Bytes of raw device below; 0 = none. */
  readonly backing: number;
  readonly dataFile?: boolean;
  /** Some writes are compressed. */
  readonly compresses?: boolean;
  /** Made without encryption, then marked as encrypted with legacy AES. */
  readonly legacyAes?: boolean;
}

/** Shapes that between them have every kind of cluster that needs no other tool to be made. */
export const SHAPES: readonly Shape[] = [
  { name: '512-byte clusters', create: { size: 200 * 512, clusterSize: 512 }, backing: 0 },
  {
    name: '512-byte clusters over a shorter backing device',
    create: {
      size: 300 * 512,
      clusterSize: 512,
      refcountBits: 64,
      backing: { name: 'b', format: 'raw' },
    },
    backing: 211 * 512 + 100,
  },
  {
    name: '4 KiB clusters, 1-bit refcounts, over a backing device',
    create: {
      size: 90 * 4096 + 512,
      clusterSize: 4096,
      refcountBits: 1,
      backing: { name: 'b', format: 'raw' },
    },
    backing: 100 * 4096,
  },
  {
    name: 'version 2',
    create: { size: 90 * 4096 + 1024, clusterSize: 4096, version: 2 },
    backing: 0,
  },
  {
    name: '64 KiB clusters, lazy refcounts',
    create: { size: 9 * 65536 + 512, lazyRefcounts: true },
    backing: 0,
  },
  {
    name: 'extended L2 entries over a backing device',
    create: {
      size: 30 * 16384 + 512,
      clusterSize: 16384,
      extendedL2: true,
      backing: { name: 'b', format: 'raw' },
    },
    backing: 25 * 16384 + 700,
  },
  {
    name: 'extended L2 entries',
    create: { size: 30 * 16384, clusterSize: 16384, extendedL2: true },
    backing: 0,
  },
  {
    name: 'external data file',
    create: { size: 90 * 4096, clusterSize: 4096, dataFile: { name: 'd' } },
    backing: 0,
    dataFile: true,
  },
  {
    name: 'compressed writes, 512-byte clusters',
    create: { size: 200 * 512, clusterSize: 512 },
    backing: 0,
    compresses: true,
  },
  {
    name: 'compressed writes, zstd, 2-bit refcounts, over a backing device',
    create: {
      size: 60 * 4096 + 512,
      clusterSize: 4096,
      refcountBits: 2,
      compression: 'zstd',
      backing: { name: 'b', format: 'raw' },
    },
    backing: 50 * 4096 + 1000,
    compresses: true,
  },
  {
    name: 'compressed writes, extended L2 entries, lazy refcounts',
    create: { size: 30 * 16384 + 512, clusterSize: 16384, extendedL2: true, lazyRefcounts: true },
    backing: 0,
    compresses: true,
  },
];

/** Strategies that sequences run with; the first is so small that tables are evicted, dirty and pinned, all the time. */
export const STRATEGIES: readonly { readonly name: string; make(): CacheStrategy }[] = [
  { name: 'tree of 2', make: () => lruRbtree({ tables: 2 }) },
  { name: 'direct-mapped, 4', make: () => setAssoc({ tables: 4, ways: 1 }) },
  { name: 'linear scan of 32', make: () => qemuLinear({ tables: 32 }) },
];

/** A made image and what belongs to it. */
export interface Made {
  readonly file: MemoryDevice;
  readonly backing: MemoryDevice | undefined;
  readonly data: MemoryDevice | undefined;
  /** What the guest reads. */
  readonly bytes: Uint8Array;
}

/** Makes an image of a shape, with bytes below it. */
export async function make(shape: Shape, seed: number): Promise<Made> {
  const random = new Prng(seed);
  const file = new MemoryDevice();
  const bytes = new Uint8Array(Math.ceil(shape.create.size / 512) * 512);
  let backing: MemoryDevice | undefined;
  if (shape.backing > 0) {
    const below = new Uint8Array(shape.backing);
    for (let i = 0; i < below.length; i++) below[i] = random.below(256);
    backing = new MemoryDevice();
    await backing.write(below, 0);
    bytes.set(below.subarray(0, Math.min(below.length, bytes.length)));
  }
  const data = shape.dataFile === true ? new MemoryDevice() : undefined;
  const made = { file, backing, data, bytes };
  await (await create(file, shape.create, gates(made))).close();
  if (shape.legacyAes === true) await file.write(Uint8Array.of(0, 0, 0, 1), 32);
  return made;
}

/** A device that stays open when its borrower closes it. */
export class Lent extends DeviceLayer {
  override close(): void {}
}

/** What opens the encrypted shapes. */
export const PASSPHRASE = 'open sesame';

/** Gates that lend what was made. */
export function gates(made: Pick<Made, 'backing' | 'data'>): Qcow2OpenOptions {
  const lend = (device: BlockDevice | undefined) => (): BlockDevice => {
    if (device === undefined) throw new Error('nothing was made for this reference');
    return new Lent(device);
  };
  return {
    backing: lend(made.backing),
    dataFile: lend(made.data),
    passphrase: () => PASSPHRASE,
  };
}

/** What sequences need to know of an image of that shape. */
export function terrainOf(shape: Shape, size: number): Terrain {
  return {
    size,
    clusterSize: shape.create.clusterSize ?? 65536,
    compresses: shape.compresses === true,
    discards: shape.dataFile !== true && !(shape.create.version === 2 && shape.backing > 0),
  };
}
