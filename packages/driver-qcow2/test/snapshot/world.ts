import { isImageError, type Prng } from '@q/block';
import { expect } from 'vitest';
import { open, type Qcow2Image } from '../../src/index.ts';
import { readAll } from '../support/chain.ts';
import { resized } from '../support/resizes.ts';
import { gates, SHAPES, type Made, type Shape } from '../support/shapes.ts';

/** Shapes whose data is counted, so that snapshots are possible. */
export const COUNTED: readonly Shape[] = SHAPES.filter((shape) => shape.dataFile !== true);

/** Something other than a request that happens to a disk. */
export type Action =
  | { readonly kind: 'create' | 'apply' | 'delete'; readonly id: string }
  | { readonly kind: 'resize'; readonly size: number };

/** What a disk and its snapshots hold. */
export class World {
  readonly shape: Shape;
  readonly made: Made;
  /** What the guest reads. */
  bytes: Uint8Array;
  /** What each snapshot holds, by id. */
  readonly kept = new Map<string, Uint8Array>();

  constructor(shape: Shape, made: Made) {
    this.shape = shape;
    this.made = made;
    this.bytes = made.bytes;
  }

  /** Draws what happens next. */
  draw(random: Prng, n: number): Action {
    const ids = [...this.kept.keys()];
    const { version, size } = this.shape.create;
    const kinds: Action['kind'][] = ['create'];
    if (ids.length > 0) kinds.push('apply', 'apply', 'delete');
    if (ids.length > 3) kinds.push('delete', 'delete');
    if (version !== 2) kinds.push('resize');
    const kind = random.pick(kinds);
    if (kind === 'resize') return { kind, size: (1 + random.below(size / 256)) * 512 };
    return { kind, id: kind === 'create' ? `s${n}` : random.pick(ids) };
  }

  /** What the guest reads after `action`. */
  after(action: Action): Uint8Array {
    if (action.kind === 'resize') return resized(this.bytes, action.size);
    return action.kind === 'apply' ? this.kept.get(action.id)!.slice() : this.bytes;
  }

  /** Takes an action that has succeeded into account. */
  done(action: Action): void {
    this.bytes = this.after(action);
    if (action.kind === 'create') this.kept.set(action.id, this.bytes.slice());
    else if (action.kind === 'delete') this.kept.delete(action.id);
  }

  /** Lets it happen. @returns false when a narrow refcount was full: then nothing has happened */
  async perform(disk: Qcow2Image, action: Action): Promise<boolean> {
    try {
      await act(disk, action);
    } catch (error) {
      const narrow = (this.shape.create.refcountBits ?? 16) <= 2;
      if (narrow && action.kind !== 'resize' && isImageError(error, 'limit')) return false;
      throw error;
    }
    this.done(action);
    return true;
  }

  /** The disk, and every snapshot as it stands in the file, hold what they should. */
  async verify(disk: Qcow2Image): Promise<void> {
    expect(disk.size).toBe(this.bytes.length);
    expect(Buffer.compare(await readAll(disk, 10_000), this.bytes)).toBe(0);
    expect(disk.snapshots().map(({ id }) => id)).toEqual([...this.kept.keys()]);
    await verifySnapshots(this.made, this.kept);
  }
}

/** Asks the image for an action. */
export async function act(disk: Qcow2Image, action: Action): Promise<void> {
  if (action.kind === 'resize') await disk.resize(action.size, { shrink: true });
  else if (action.kind === 'apply') await disk.applySnapshot(action.id);
  else if (action.kind === 'delete') await disk.deleteSnapshot(action.id);
  else await disk.createSnapshot({ id: action.id, name: `snapshot ${action.id}` });
}

/** Reads every snapshot of an image and compares it. */
export async function verifySnapshots(
  made: Made,
  kept: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  for (const [id, bytes] of kept) {
    const snapshot = await open(made.file, { ...gates(made), snapshot: id });
    expect(snapshot.size).toBe(bytes.length);
    const same = Buffer.compare(await readAll(snapshot), bytes) === 0;
    await snapshot.close();
    if (!same) throw new Error(`snapshot ${id} has changed`);
  }
}
