import { expect, it } from 'vitest';
import type { QemuRequest } from '../../src/cow/qemu-events.ts';
import { qemuEvents } from '../../src/cow/qemu-events.ts';

it('tells requests by the file and the node they go to', () => {
  const found: QemuRequest[] = [];
  const onLine = qemuEvents((request) => found.push(request));
  for (const line of [
    'bdrv_open_common bs 0x55a0 filename "/tmp/a "b.qcow2" flags 0xa002 format_name "file"',
    'bdrv_open_common bs 0x55a8 filename "/tmp/a "b.qcow2" flags 0x2002 format_name "qcow2"',
    'bdrv_co_preadv_part bs 0x55a0 offset 0 bytes 112 flags 0x0',
    'bdrv_co_pwritev_part bs 0x55a8 offset 24576 bytes 24576 flags 0x0',
    'bdrv_co_pwritev_part bs 0x55a0 offset 393216 bytes 65536 flags 0x0',
    'bdrv_co_pwritev_part bs 0x55a0 offset 458752 bytes 65536 flags 0x2',
    'bdrv_co_preadv_part bs 0x9999 offset 0 bytes 1 flags 0x0',
    'Run completed in 0.010 seconds.',
  ]) {
    onLine(line);
  }
  const file = '/tmp/a "b.qcow2';
  expect(found).toEqual([
    { op: 'read', file, node: 'file', offset: 0, bytes: 112 },
    { op: 'write', file, node: 'qcow2', offset: 24_576, bytes: 24_576 },
    { op: 'write', file, node: 'file', offset: 393_216, bytes: 65_536 },
  ]);
});
