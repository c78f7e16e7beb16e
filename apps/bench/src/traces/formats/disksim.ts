import { OP_READ, OP_WRITE } from '../trace.ts';
import { fiveColumns } from './five-columns.ts';
import type { TraceFormat } from '../format.ts';

/** DiskSim ASCII: `time device block size flags`; milliseconds, sectors, flags a field of bits in hex of which bit 0 is read. */
export const disksim: TraceFormat = {
  name: 'disksim',
  description: 'DiskSim: time(ms) device sector sectors flags, bit 0 read',
  extensions: [],
  parser(context) {
    return fiveColumns(context, {
      unit: 512,
      operation: (line) => (line.hex('flags') % 2 === 1 ? OP_READ : OP_WRITE),
    });
  },
};
