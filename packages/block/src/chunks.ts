// Sparse bytes that fork for the price of a map. Bytes live in chunks of 16 KiB under their index; what has no chunk is zeroes. A fork
// shares all chunks with its origin, in a map that neither changes again (`#shared`); each writes to chunks of its own (`#own`).
//
// Invariants: a chunk in `#shared` is never written; `#shared` holds no HOLE; bytes at and above the last `truncate` are zeroes.
//
// 16 KiB: at 64 KiB a fork that is written in a few places copies four times as much (the power cut layer forks for each image),
// and a table of 4 KiB far from all others costs four times as much; at 4 KiB reads of a cluster look up four times as often.

/** Bytes in a chunk. */
export const CHUNK_SIZE = 16384;

/** In `#own`: nothing here, whatever `#shared` has. */
const HOLE = new Uint8Array(0);

/** Sparse bytes at addresses from 0 up to 2^53. No range checks: those are the device's. */
export class Chunks {
  #own = new Map<number, Uint8Array>();
  #shared: ReadonlyMap<number, Uint8Array> = new Map();
  // The chunk found last: most accesses come in runs.
  #lastIndex = -1;
  #last: Uint8Array | undefined;

  /** The chunk at `index` for reading, or undefined where all is zeroes. */
  at(index: number): Uint8Array | undefined {
    if (index === this.#lastIndex) return this.#last;
    let chunk = this.#own.get(index);
    if (chunk === undefined) chunk = this.#shared.get(index);
    else if (chunk === HOLE) chunk = undefined;
    this.#lastIndex = index;
    this.#last = chunk;
    return chunk;
  }

  /** Fills `into` from `offset` on. */
  read(into: Uint8Array, offset: number): void {
    let index = Math.floor(offset / CHUNK_SIZE);
    let from = offset - index * CHUNK_SIZE;
    for (let done = 0; done < into.length; index++, from = 0) {
      const length = Math.min(CHUNK_SIZE - from, into.length - done);
      const chunk = this.at(index);
      if (chunk === undefined) into.fill(0, done, done + length);
      else if (length === CHUNK_SIZE) into.set(chunk, done);
      else into.set(chunk.subarray(from, from + length), done);
      done += length;
    }
  }

  /** Puts `bytes` at `offset`. */
  write(bytes: Uint8Array, offset: number): void {
    let index = Math.floor(offset / CHUNK_SIZE);
    let from = offset - index * CHUNK_SIZE;
    for (let done = 0; done < bytes.length; index++, from = 0) {
      const length = Math.min(CHUNK_SIZE - from, bytes.length - done);
      const chunk = this.#writable(index);
      chunk.set(length === bytes.length ? bytes : bytes.subarray(done, done + length), from);
      done += length;
    }
  }

  /** Makes the range read as zeroes; chunks that lie in it whole are let go. */
  clear(offset: number, length: number): void {
    const end = offset + length;
    const first = Math.ceil(offset / CHUNK_SIZE);
    const last = Math.floor(end / CHUNK_SIZE);
    if (first > last) {
      this.#zero(last, offset - last * CHUNK_SIZE, end - last * CHUNK_SIZE);
      return;
    }
    if (first * CHUNK_SIZE > offset) {
      this.#zero(first - 1, offset - (first - 1) * CHUNK_SIZE, CHUNK_SIZE);
    }
    this.drop(offset, length);
    if (last * CHUNK_SIZE < end) this.#zero(last, 0, end - last * CHUNK_SIZE);
  }

  /** Lets go of the chunks that lie in the range whole; the rest of the range stays as it is. */
  drop(offset: number, length: number): void {
    const first = Math.ceil(offset / CHUNK_SIZE);
    const last = Math.floor((offset + length) / CHUNK_SIZE);
    for (const index of this.indexes(first, last)) {
      if (this.#shared.has(index)) this.#own.set(index, HOLE);
      else this.#own.delete(index);
      if (index === this.#lastIndex) this.#last = undefined;
    }
  }

  /** Makes everything from `size` on read as zeroes. */
  truncate(size: number): void {
    this.clear(size, Number.MAX_SAFE_INTEGER - size);
  }

  /** Another with the same bytes. Neither sees what is written to the other. Costs nothing unless this one was written since the last fork. */
  fork(): Chunks {
    if (this.#own.size > 0) {
      const merged = new Map(this.#shared);
      for (const [index, chunk] of this.#own) {
        if (chunk === HOLE) merged.delete(index);
        else merged.set(index, chunk);
      }
      this.#shared = merged;
      this.#own = new Map();
    }
    const fork = new Chunks();
    fork.#shared = this.#shared;
    return fork;
  }

  /** The indexes in [first, last) that have a chunk, ascending. Costs the lesser of the range and the chunks there are. */
  indexes(first: number, last: number): number[] {
    const found: number[] = [];
    if (last - first <= this.#own.size + this.#shared.size) {
      for (let index = first; index < last; index++) {
        if (this.at(index) !== undefined) found.push(index);
      }
      return found;
    }
    for (const [index, chunk] of this.#own) {
      if (chunk !== HOLE && index >= first && index < last) found.push(index);
    }
    for (const index of this.#shared.keys()) {
      if (index >= first && index < last && !this.#own.has(index)) found.push(index);
    }
    return found.sort((a, b) => a - b);
  }

  #writable(index: number): Uint8Array {
    const own = this.#own.get(index);
    if (own !== undefined && own !== HOLE) return own;
    const shared = own === HOLE ? undefined : this.#shared.get(index);
    const chunk = shared === undefined ? new Uint8Array(CHUNK_SIZE) : shared.slice();
    this.#own.set(index, chunk);
    this.#lastIndex = index;
    this.#last = chunk;
    return chunk;
  }

  #zero(index: number, from: number, to: number): void {
    if (from < to && this.at(index) !== undefined) this.#writable(index).fill(0, from, to);
  }
}
