// VM state lies behind the disk in the mapping, and extra data behind what is known of a snapshot. Both are kept.
import { MemoryDevice } from '@q/block';
import { parseSnapshotTable, serializeSnapshotTable } from '@q/format';
import { qemuImg, scratch, withQemu } from '@q/judge';
import { expect, it } from 'vitest';
import { create, open } from '../../src/index.ts';
import { readAll } from '../support/chain.ts';
import { dump } from '../support/dump.ts';
import { expectSound } from './sound.ts';

const CLUSTER = 512;
/** What one L2 table maps. */
const SPAN = (CLUSTER / 8) * CLUSTER;
const DISK = 4 * SPAN;
const STATE = 3 * SPAN;

/** Changes the size in the header alone: what lay at the end of the disk is VM state then, and the other way round. */
function setSize(file: MemoryDevice, size: number): void {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(size));
  file.write(bytes, 24);
}

/** A disk of 1s, with VM state of 2s behind it. */
async function withVmState(): Promise<MemoryDevice> {
  const file = new MemoryDevice();
  const disk = await create(file, { size: DISK + STATE, clusterSize: CLUSTER });
  await disk.write(new Uint8Array(DISK).fill(1), 0);
  await disk.write(new Uint8Array(STATE).fill(2), DISK);
  await disk.close();
  setSize(file, DISK);
  return file;
}

/** The bytes behind the disk, in the active mapping. */
async function stateOf(file: MemoryDevice): Promise<Uint8Array> {
  const copy = file.clone();
  setSize(copy, DISK + STATE);
  const disk = await open(copy, { readOnly: true });
  const bytes = new Uint8Array(STATE);
  await disk.read(bytes, DISK);
  await disk.close();
  return bytes;
}

withQemu('VM state', () => {
  const folder = scratch();
  const judged = (file: MemoryDevice): string => {
    const image = dump(folder, { file, backing: undefined, data: undefined });
    qemuImg(['check', '-q', '-f', 'qcow2', image]);
    return qemuImg(['snapshot', '-l', image]).stdout;
  };

  it('belongs to the snapshot alone after it is taken, and comes back when it is applied', async () => {
    const file = await withVmState();
    const disk = await open(file);
    const taken = await disk.createSnapshot({ name: 'running', vmStateSize: STATE - 100 });
    expect(taken).toMatchObject({ vmStateSize: STATE - 100, diskSize: DISK });
    await disk.flush();
    expect((await stateOf(file)).every((byte) => byte === 0)).toBe(true);
    expect(judged(file)).toContain('95.9 KiB');
    await disk.write(new Uint8Array(DISK).fill(3), 0);
    await disk.createSnapshot({ name: 'later' });
    await disk.applySnapshot('running');
    await disk.flush();
    expect((await stateOf(file)).every((byte) => byte === 2)).toBe(true);
    expect((await readAll(disk)).every((byte) => byte === 1)).toBe(true);
    judged(file);
    await disk.applySnapshot('later');
    await disk.flush();
    expect((await stateOf(file)).every((byte) => byte === 0)).toBe(true);
    await disk.deleteSnapshot('running');
    await disk.deleteSnapshot('later');
    await disk.close();
    judged(file);
    await expectSound({ file });
  });

  it('stays with the disk too when a snapshot is taken without it, as QEMU does', async () => {
    const file = await withVmState();
    const disk = await open(file);
    await disk.createSnapshot({ name: 'disk only' });
    await disk.close();
    expect((await stateOf(file)).every((byte) => byte === 2)).toBe(true);
    judged(file);
    await expectSound({ file });
  });
});

withQemu('unknown extra data', () => {
  const folder = scratch();

  it('survives when the table is written anew', async () => {
    const file = new MemoryDevice();
    const disk = await create(file, { size: 1 << 20 });
    await disk.createSnapshot({ name: 'a' });
    const { snapshotsOffset } = disk.header.header;
    await disk.close();
    const rules = { clusterSize: 65536 };
    const bytes = new Uint8Array(65536);
    await file.read(bytes.subarray(0, file.size - snapshotsOffset), snapshotsOffset);
    const [snapshot] = parseSnapshotTable(bytes, 1, rules);
    const extra = new Uint8Array(40);
    extra.set(snapshot!.extra);
    extra.set(
      Uint8Array.from({ length: 16 }, (_, i) => 0xa0 + i),
      24,
    );
    file.write(serializeSnapshotTable([{ ...snapshot!, extra }], rules), snapshotsOffset);
    const again = await open(file);
    await again.createSnapshot({ name: 'b' });
    await again.deleteSnapshot('b');
    await again.close();
    const last = await open(file, { readOnly: true });
    expect([...last.snapshots()[0]!.extra.subarray(24)]).toEqual([...extra.subarray(24)]);
    await last.close();
    const image = dump(folder, { file, backing: undefined, data: undefined });
    qemuImg(['check', '-q', '-f', 'qcow2', image]);
    expect(qemuImg(['snapshot', '-l', image]).stdout).toContain(' a ');
  });
});
