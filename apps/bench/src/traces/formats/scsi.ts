import { OP_READ, OP_WRITE } from '../trace.ts';
import type { TraceColumns } from '../columns.ts';

// READ and WRITE of 6, 10, 12 and 16 bytes; WRITE AND VERIFY; WRITE SAME (SCSI Block Commands).
const READS = new Set([0x08, 0x28, 0xa8, 0x88]);
const WRITES = new Set([0x0a, 0x2a, 0xaa, 0x8a, 0x2e, 0xae, 0x8e, 0x41, 0x93]);

/** The operation of a SCSI opcode, or -1 for a command that moves no blocks at an address; these are counted. */
export function scsiOp(opcode: number, columns: TraceColumns): number {
  if (READS.has(opcode)) return OP_READ;
  if (WRITES.has(opcode)) return OP_WRITE;
  columns.ignore(`SCSI command 0x${opcode.toString(16).padStart(2, '0')}`);
  return -1;
}
