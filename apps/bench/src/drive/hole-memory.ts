import { Buffer } from 'node:buffer';
import { MemoryDevice } from '@q/block';

const ZEROES = new Uint8Array(2 ** 20);

/**
 * A device in memory that keeps zeroes as holes, whoever writes them. The bench's writes are of zeroes, which a driver treats as any other bytes: so a trace that
 * writes terabytes is replayed with real writes, and costs the memory of its metadata.
 */
export class HoleMemory extends MemoryDevice {
  override write(from: Uint8Array, offset: number): void {
    if (isZero(from)) this.writeZeroes(offset, from.length);
    else super.write(from, offset);
  }

  override writev(parts: readonly Uint8Array[], offset: number): void {
    for (const part of parts) {
      this.write(part, offset);
      offset += part.length;
    }
  }
}

function isZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += ZEROES.length) {
    const length = Math.min(ZEROES.length, bytes.length - at);
    const part = bytes.subarray(at, at + length);
    if (Buffer.compare(part, ZEROES.subarray(0, length)) !== 0) return false;
  }
  return true;
}
