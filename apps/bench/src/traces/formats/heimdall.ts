import { OP_READ, OP_WRITE } from '../trace.ts';
import { fiveColumns } from './five-columns.ts';
import type { TraceFormat } from '../format.ts';

/** Heimdall and LinnOS replay traces: `time device offset size op`; milliseconds, bytes, 1 read and 0 write. */
export const heimdall: TraceFormat = {
  name: 'heimdall',
  description: 'Heimdall and LinnOS: time(ms) device offset size 1 read|0 write; bytes',
  extensions: [],
  parser(context) {
    return fiveColumns(context, {
      unit: 1,
      operation: (line) => {
        const op = line.uint('the operation');
        if (op > 1) line.fail('the operation is not 0 or 1');
        return op === 1 ? OP_READ : OP_WRITE;
      },
    });
  },
};
