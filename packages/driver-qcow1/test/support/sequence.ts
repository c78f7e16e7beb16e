import { Prng } from '@q/block';
import type { Qcow1Image } from '../../src/index.ts';

/** One request of a sequence. */
export interface Request {
  readonly op: 'read' | 'write' | 'compressed' | 'zero' | 'unmap' | 'discard' | 'flush';
  readonly offset: number;
  readonly length: number;
  /** The byte a write writes, plus its place: so misplaced bytes show. */
  readonly pattern: number;
}

/** What a sequence needs to know of its disk. */
export interface Terrain {
  readonly size: number;
  readonly clusterSize: number;
  /** Whether clusters may be written compressed. */
  readonly compresses: boolean;
}

/** Requests issued together; those that write are disjoint, so the outcome is one. */
export type Batch = readonly Request[];

const OPS = [
  'write',
  'write',
  'write',
  'write',
  'compressed',
  'read',
  'read',
  'zero',
  'unmap',
  'discard',
  'flush',
] as const;

function patternAt(request: Request, at: number): number {
  return (request.pattern + at * 7 + (at >>> 9)) & 0xff;
}

function drawRange(
  random: Prng,
  { size, clusterSize }: Terrain,
): { offset: number; length: number } {
  const scale = random.pick([512, clusterSize, clusterSize * 4]);
  let offset = random.below(size);
  let length = 1 + random.below(scale * 2);
  if (random.chance(0.3)) offset = Math.floor(offset / clusterSize) * clusterSize;
  if (random.chance(0.2)) length = Math.ceil(length / clusterSize) * clusterSize;
  return { offset, length: Math.min(length, size - offset) };
}

const writes = ({ op }: Request): boolean => op !== 'read' && op !== 'flush' && op !== 'discard';

function clash(a: Request, b: Request): boolean {
  if (!writes(a) && !writes(b)) return false;
  if (a.op === 'flush' || b.op === 'flush') return false;
  return a.offset < b.offset + b.length && b.offset < a.offset + a.length;
}

/** Draws the batches of a sequence. */
export function* batches(seed: number, count: number, terrain: Terrain): Generator<Batch> {
  const random = new Prng(seed);
  const { size, clusterSize } = terrain;
  let tail = 0;
  for (let i = 0; i < count; i++) {
    const batch: Request[] = [];
    const width = 1 + random.below(6);
    for (let k = 0; k < width; k++) {
      let { offset, length } = drawRange(random, terrain);
      // Sequential writers, whose requests fall into each other's tails.
      if (random.chance(0.35) && tail < size - 1) {
        offset = tail;
        length = Math.min(length, size - offset);
      }
      let op: Request['op'] = random.pick(OPS);
      if (op === 'compressed') {
        if (!terrain.compresses) op = 'write';
        else {
          offset = Math.floor(offset / clusterSize) * clusterSize;
          length = Math.min(clusterSize * (1 + random.below(2)), size - offset);
        }
      }
      const request = { op, offset, length, pattern: random.below(256) };
      if (batch.some((other) => clash(request, other))) continue;
      if (op === 'write') tail = offset + length;
      batch.push(request);
    }
    yield batch;
  }
}

/** The byte that a request leaves at `at`, in its range, where `old` was. A discard does nothing. */
export function byteAfter(request: Request, at: number, old: number): number {
  const { op } = request;
  if (op === 'write' || op === 'compressed') return patternAt(request, at);
  return op === 'zero' || op === 'unmap' ? 0 : old;
}

/** What a request does to the bytes of the guest. */
export function apply(bytes: Uint8Array, request: Request): void {
  const end = request.offset + request.length;
  for (let at = request.offset; at < end; at++) bytes[at] = byteAfter(request, at, bytes[at]!);
}

/** Issues a request. Reads are checked against `bytes`, which must not change in their range meanwhile. */
export async function issue(disk: Qcow1Image, request: Request, bytes: Uint8Array): Promise<void> {
  const { op, offset, length } = request;
  if (op === 'read') return await readChecked(disk, offset, bytes.slice(offset, offset + length));
  if (op === 'write' || op === 'compressed') {
    const from = new Uint8Array(length);
    for (let i = 0; i < length; i++) from[i] = patternAt(request, offset + i);
    if (op === 'write') await disk.write(from, offset);
    else await disk.writeCompressed(from, offset);
  } else if (op === 'discard') disk.discard(offset, length);
  else if (op === 'flush') await disk.flush();
  else await disk.writeZeroes(offset, length, { unmap: op === 'unmap' });
}

async function readChecked(disk: Qcow1Image, offset: number, expected: Uint8Array): Promise<void> {
  const found = new Uint8Array(expected.length);
  await disk.read(found, offset);
  const bad = found.findIndex((byte, i) => byte !== expected[i]);
  if (bad < 0) return;
  throw new Error(
    `read of ${found.length} at ${offset}: byte ${offset + bad} is ${found[bad]}, not ${expected[bad]}`,
  );
}

/** Issues a batch at once, waits for all of it, and brings `bytes` up to date. */
export async function play(disk: Qcow1Image, batch: Batch, bytes: Uint8Array): Promise<void> {
  const settled = await Promise.allSettled(batch.map((request) => issue(disk, request, bytes)));
  for (const result of settled) if (result.status === 'rejected') throw result.reason;
  for (const request of batch) apply(bytes, request);
}
