import { Prng, type BlockDevice } from '@q/block';

/** One request of a sequence. */
export interface Request {
  readonly op: 'read' | 'write' | 'zero' | 'unmap' | 'discard' | 'flush';
  readonly offset: number;
  readonly length: number;
  /** The byte a write writes, plus its place: so misplaced bytes show. */
  readonly pattern: number;
}

/** What a sequence needs to know of its disk. */
export interface Terrain {
  readonly size: number;
  readonly clusterSize: number;
  /** Whether discards make whole clusters read as zeroes. */
  readonly discards: boolean;
}

/** Requests issued together; those that write are disjoint, so the outcome is one. */
export type Batch = readonly Request[];

/** What a request leaves at guest offset `at`, which it covers. */
export function byteAt(request: Request, at: number): number {
  return request.op === 'write' ? patternAt(request, at) : 0;
}

function patternAt(request: Request, at: number): number {
  return (request.pattern + at * 7 + (at >>> 9)) & 0xff;
}

function drawRange(random: Prng, terrain: Terrain): { offset: number; length: number } {
  const { size, clusterSize } = terrain;
  const scale = random.pick([512, clusterSize, clusterSize * 4]);
  let offset = random.below(size);
  let length = 1 + random.below(scale * 2);
  if (random.chance(0.3)) offset = Math.floor(offset / clusterSize) * clusterSize;
  if (random.chance(0.2)) length = Math.ceil(length / clusterSize) * clusterSize;
  return { offset, length: Math.min(length, size - offset) };
}

/** Draws the batches of a sequence. */
export function* batches(seed: number, count: number, terrain: Terrain): Generator<Batch> {
  const random = new Prng(seed);
  let tail = 0;
  for (let i = 0; i < count; i++) {
    const batch: Request[] = [];
    const width = 1 + random.below(6);
    for (let k = 0; k < width; k++) {
      let { offset, length } = drawRange(random, terrain);
      // Sequential writers, whose requests fall into each other's tails.
      if (random.chance(0.35) && tail < terrain.size - 1) {
        offset = tail;
        length = Math.min(length, terrain.size - offset);
      }
      const op = random.pick([
        'write',
        'write',
        'write',
        'write',
        'read',
        'read',
        'zero',
        'unmap',
        'discard',
        'flush',
      ] as const);
      const request = { op, offset, length, pattern: random.below(256) };
      if (op !== 'read' && op !== 'flush') {
        const end = offset + length;
        const clashes = batch.some(
          (r) => r.op !== 'flush' && r.offset < end && offset < r.offset + r.length,
        );
        if (clashes) continue;
        if (op === 'write') tail = end;
      } else if (
        op === 'read' &&
        batch.some(
          (r) =>
            r.op !== 'flush' &&
            r.op !== 'read' &&
            r.offset < offset + length &&
            offset < r.offset + r.length,
        )
      ) {
        continue;
      }
      batch.push(request);
    }
    yield batch;
  }
}

/** What a batch does to the bytes of the guest. */
export function apply(bytes: Uint8Array, request: Request, terrain: Terrain): void {
  const { op, offset, length } = request;
  const end = offset + length;
  if (op === 'write') for (let at = offset; at < end; at++) bytes[at] = patternAt(request, at);
  else if (op === 'zero' || op === 'unmap') bytes.fill(0, offset, end);
  else if (op === 'discard' && terrain.discards) {
    const { clusterSize, size } = terrain;
    const from = Math.ceil(offset / clusterSize) * clusterSize;
    const to = end === size ? end : Math.floor(end / clusterSize) * clusterSize;
    if (from < to) bytes.fill(0, from, to);
  }
}

/** Issues a request. Reads are checked against `bytes`, which must not change in their range meanwhile. */
export async function issue(disk: BlockDevice, request: Request, bytes: Uint8Array): Promise<void> {
  const { op, offset, length } = request;
  if (op === 'read') {
    const expected = bytes.slice(offset, offset + length);
    const found = new Uint8Array(length);
    await disk.read(found, offset);
    const bad = found.findIndex((byte, i) => byte !== expected[i]);
    if (bad >= 0) {
      throw new Error(
        `read of ${length} at ${offset}: byte ${offset + bad} is ${found[bad]}, not ${expected[bad]}`,
      );
    }
  } else if (op === 'write') {
    const from = new Uint8Array(length);
    for (let i = 0; i < length; i++) from[i] = patternAt(request, offset + i);
    await disk.write(from, offset);
  } else if (op === 'discard') await disk.discard(offset, length);
  else if (op === 'flush') await disk.flush();
  else await disk.writeZeroes(offset, length, { unmap: op === 'unmap' });
}

/** Issues a batch at once, waits for all of it, and brings `bytes` up to date. */
export async function play(
  disk: BlockDevice,
  batch: Batch,
  bytes: Uint8Array,
  terrain: Terrain,
): Promise<void> {
  const settled = await Promise.allSettled(batch.map((request) => issue(disk, request, bytes)));
  for (const result of settled) if (result.status === 'rejected') throw result.reason;
  for (const request of batch) apply(bytes, request, terrain);
}
