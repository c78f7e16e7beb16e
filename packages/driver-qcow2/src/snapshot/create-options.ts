import { SNAPSHOT_EXTRA_BYTES, type Snapshot } from '@q/format';
import type { State } from '../state.ts';

/** What a new snapshot is to be called, and what is known of the guest. */
export interface CreateSnapshotOptions {
  /** At most 255 bytes of UTF-8, what QEMU keeps. Need not be unique. */
  readonly name: string;
  /** Unique, 1 to 127 bytes. Default: the greatest number among the ids so far, and 1 more. */
  readonly id?: string;
  /** When it is taken. Default: now. */
  readonly date?: Date;
  /** Guest uptime, nanoseconds. Default 0. */
  readonly vmClock?: bigint;
  /** Instruction count of the guest. Default 0. */
  readonly icount?: bigint;
  /**
   * Bytes of VM state, which lie behind the disk in the active mapping (as after a snapshot with VM state was applied). They belong to the snapshot alone afterwards.
   * Default 0: none.
   */
  readonly vmStateSize?: number;
}

const NAME_BYTES = 255;
const ID_BYTES = 127;

/** All of a new snapshot but its L1 table. @throws RangeError for an id that is there already, and for texts and sizes that cannot be */
export function describeSnapshot(
  state: State,
  options: CreateSnapshotOptions,
): Omit<Snapshot, 'l1TableOffset' | 'l1Size'> {
  const { name, date = new Date(), vmClock = 0n, icount = 0n, vmStateSize = 0 } = options;
  const { list } = state.snapshots;
  const id = options.id ?? nextId(list);
  checkText('name', name, 0, NAME_BYTES);
  checkText('id', id, 1, ID_BYTES);
  if (list.some((snapshot) => snapshot.id === id)) {
    throw new RangeError(`there is a snapshot with the id ${JSON.stringify(id)} already`);
  }
  const { geometry, l1 } = state;
  const room = (l1.entries - geometry.l1Entries) * geometry.l1Span;
  if (!Number.isSafeInteger(vmStateSize) || vmStateSize < 0 || vmStateSize > Math.max(0, room)) {
    throw new RangeError(
      `there are ${room} bytes for VM state behind the disk, not ${vmStateSize}`,
    );
  }
  const ms = date.getTime();
  const seconds = Math.floor(ms / 1000);
  if (!(seconds >= 0 && seconds < 2 ** 32)) {
    throw new RangeError(`the date of a snapshot lies between 1970 and 2106, not at ${ms} ms`);
  }
  return {
    id,
    name,
    seconds,
    nanoseconds: (ms - seconds * 1000) * 1_000_000,
    vmClock,
    vmStateSize,
    diskSize: state.size,
    icount,
    extra: new Uint8Array(SNAPSHOT_EXTRA_BYTES),
  };
}

function checkText(what: string, text: string, least: number, most: number): void {
  const { length } = new TextEncoder().encode(text);
  if (length >= least && length <= most) return;
  throw new RangeError(
    `the ${what} of a snapshot has ${least} to ${most} bytes, and this one has ${length}`,
  );
}

function nextId(list: readonly Snapshot[]): string {
  let greatest = 0;
  for (const { id } of list) {
    const number = /^\d{1,15}$/.test(id) ? Number(id) : 0;
    if (number > greatest) greatest = number;
  }
  return String(greatest + 1);
}
