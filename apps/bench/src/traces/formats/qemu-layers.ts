import { ascii, type Line } from '../line.ts';
import { OP_DISCARD, OP_READ, OP_WRITE, OP_ZERO } from '../trace.ts';
import type { TraceColumns } from '../columns.ts';
import type { DeviceNames } from '../device-names.ts';

/** An event that may be a request: its name and the blank behind it, and what to do with its arguments. */
export interface QemuEvent {
  readonly word: Uint8Array;
  parse(line: Line, columns: TraceColumns, devices: DeviceNames): void;
}

const SECTOR = 512;
/** BDRV_REQ_ZERO_WRITE: a write of zeroes without data. */
const FLAG_ZERO = 2;

const BLK = ascii('blk ');
const BS = ascii(' bs ');
const BS_FIRST = ascii('bs ');
const OFFSET = ascii(' offset ');
const BYTES = ascii(' bytes ');
const NBYTES = ascii(' nbytes ');
const FLAGS = ascii(' flags ');
const VDEV = ascii('vdev ');
const REQ = ascii(' req ');
const AT_SECTOR = ascii(' sector ');
const NSECTORS = ascii(' nsectors ');
const GOT = ascii('Got request: { magic = ');
const NBD_FLAGS = ascii(', .flags = ');
const NBD_TYPE = ascii(', .type = ');
const NBD_FROM = ascii(', from = ');
const NBD_LEN = ascii(', len = ');
const NBD_END = ascii(' }');

/** The events of each layer. */
export const qemuLayers: Readonly<Record<string, readonly QemuEvent[]>> = {
  blk: [blk('blk_co_preadv ', OP_READ), blk('blk_co_pwritev ', OP_WRITE)],
  virtio: [
    virtio('virtio_blk_handle_read ', OP_READ),
    virtio('virtio_blk_handle_write ', OP_WRITE),
  ],
  nbd: [{ word: ascii('nbd_receive_request '), parse: nbdRequest }],
  bdrv: [
    bdrv('bdrv_co_preadv ', OP_READ),
    bdrv('bdrv_co_preadv_part ', OP_READ),
    bdrv('bdrv_co_pwritev ', OP_WRITE),
    bdrv('bdrv_co_pwritev_part ', OP_WRITE),
  ],
};

/** blk PTR bs PTR offset DEC bytes DEC flags 0xHEX */
function blk(name: string, op: number): QemuEvent {
  return {
    word: ascii(name),
    parse(line, columns, devices) {
      const device = pointer(line, BLK, devices);
      expect(line, BS);
      line.skipHex('bs');
      request(line, columns, op, device);
    },
  };
}

/** bs PTR offset DEC bytes|nbytes DEC flags 0xHEX. A write of zeroes has bdrv_co_pwrite_zeroes besides, which must not count again. */
function bdrv(name: string, op: number): QemuEvent {
  return {
    word: ascii(name),
    parse(line, columns, devices) {
      request(line, columns, op, pointer(line, BS_FIRST, devices));
    },
  };
}

function request(line: Line, columns: TraceColumns, op: number, device: number): void {
  expect(line, OFFSET);
  const offset = line.uint('offset');
  if (!line.take(BYTES)) expect(line, NBYTES);
  const bytes = line.uint('bytes');
  expect(line, FLAGS);
  const zero = Math.floor(line.hex('flags') / FLAG_ZERO) % 2 === 1;
  line.done('flags');
  columns.push(op === OP_WRITE && zero ? OP_ZERO : op, device, offset, bytes, line);
}

/** vdev PTR req PTR sector DEC nsectors DEC */
function virtio(name: string, op: number): QemuEvent {
  return {
    word: ascii(name),
    parse(line, columns, devices) {
      const device = pointer(line, VDEV, devices);
      expect(line, REQ);
      line.skipHex('req');
      expect(line, AT_SECTOR);
      const sector = line.uint('sector');
      expect(line, NSECTORS);
      const sectors = line.uint('nsectors');
      line.done('nsectors');
      columns.push(op, device, sector * SECTOR, sectors * SECTOR, line);
    },
  };
}

/** Got request: { magic = 0xHEX, .flags = 0xHEX, .type = 0xHEX, from = DEC, len = DEC }; types of the NBD protocol */
function nbdRequest(line: Line, columns: TraceColumns): void {
  expect(line, GOT);
  line.skipHex('magic');
  expect(line, NBD_FLAGS);
  line.skipHex('flags');
  expect(line, NBD_TYPE);
  const type = line.hex('type');
  expect(line, NBD_FROM);
  const from = line.uint('from');
  expect(line, NBD_LEN);
  const length = line.uint('len');
  expect(line, NBD_END);
  line.done('}');
  const op = [OP_READ, OP_WRITE, -1, -1, OP_DISCARD, -1, OP_ZERO][type] ?? -1;
  if (op < 0) columns.ignore(`nbd request of type ${type}`);
  else columns.push(op, 0, from, length, line);
}

function pointer(line: Line, label: Uint8Array, devices: DeviceNames): number {
  expect(line, label);
  const start = line.at;
  line.skipHex('pointer');
  return devices.number(line.bytes, start, line.at);
}

function expect(line: Line, word: Uint8Array): void {
  if (!line.take(word)) {
    line.fail(`"${String.fromCharCode(...word).trim()}" is missing at column ${line.column}`);
  }
}
