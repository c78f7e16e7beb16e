import { recordParser } from '../record-parser.ts';
import { OP_READ } from '../trace.ts';
import type { TraceFormat } from '../format.ts';

/**
 * libCacheSim's oracleGeneral: packed little-endian records of 24 bytes: time u32, object id u64, size u32, next access i64. An id is no
 * address: the trace is of kind `objects`, an offset is the id itself and a key is the id. The next access is not used; operations are not
 * stored, all count as reads. Records of size 0 are left out, as libCacheSim does, and counted.
 */
export const oracleGeneral: TraceFormat = {
  name: 'oracleGeneral',
  description: 'libCacheSim oracleGeneral, binary; object ids, not addresses',
  extensions: ['.oraclegeneral', '.oraclegeneral.bin'],
  objects: true,
  parser(context) {
    const { columns } = context;
    return recordParser(context, 24, (record) => {
      columns.push(OP_READ, 0, record.u64(4, 'the object id'), record.u32(12), record);
    });
  },
};
