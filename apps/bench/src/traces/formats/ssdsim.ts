import { OP_READ, OP_WRITE } from '../trace.ts';
import { fiveColumns } from './five-columns.ts';
import type { TraceFormat } from '../format.ts';

/** SSDSim and MQSim ASCII: `time device sector sectors op`; nanoseconds, 1 read and 0 write, each device its own address space. */
export const ssdsim: TraceFormat = {
  name: 'ssdsim',
  description: 'SSDSim and MQSim: time(ns) device sector sectors 1 read|0 write',
  extensions: [],
  parser(context) {
    return fiveColumns(context, {
      unit: 512,
      operation: (line) => {
        const op = line.uint('the operation');
        if (op > 1) line.fail('the operation is not 0 or 1');
        return op === 1 ? OP_READ : OP_WRITE;
      },
    });
  },
};
