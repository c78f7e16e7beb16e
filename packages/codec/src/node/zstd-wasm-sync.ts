import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { ZstdEngine } from '../zstd-decode.ts';

// The package's own `init` is asynchronous, and would make a promise of the first read of every image. Its glue code also has a hook for
// those who bring the instance themselves; through it the set-up is done in the call: a few milliseconds, once.

/** The part of the `WebAssembly` global that is used here; TypeScript knows it from the DOM only. */
interface WebAssemblyGlobal {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => object;
}

/** The glue code of the module: its hook, and the C functions that are used. Addresses and sizes are bytes of `HEAPU8`. */
interface Glue {
  instantiateWasm?: (imports: object, receive: (instance: object) => unknown) => unknown;
  init(): unknown;
  readonly HEAPU8: Uint8Array; // replaced when the heap grows
  _malloc(size: number): number;
  _free(address: number): void;
  _ZSTD_createDCtx(): number;
  _ZSTD_decompress_usingDict(
    context: number,
    into: number,
    room: number,
    from: number,
    size: number,
    dictionary: number,
    dictionarySize: number,
  ): number;
  _ZSTD_compressBound(size: number): number;
  _ZSTD_compress(into: number, room: number, from: number, size: number, level: number): number;
  _ZSTD_isError(code: number): number;
}

const LEVEL = 3; // zstd's default

/** The reference implementation of zstd in WebAssembly, set up in the call. */
export function syncWasmEngine(): ZstdEngine {
  const glue = loadGlue();
  const context = glue._ZSTD_createDCtx();
  const input = new HeapBuffer(glue);
  const output = new HeapBuffer(glue);
  const taken = (size: number): Uint8Array => {
    // Sizes are unsigned in C and signed here; errors are the topmost ones.
    if (glue._ZSTD_isError(size) !== 0) throw new Error(`zstd error ${-size | 0}`);
    return glue.HEAPU8.slice(output.address, output.address + size);
  };
  return {
    decode(frame, limit) {
      output.reserve(limit);
      input.put(frame);
      const { address } = output;
      return taken(
        glue._ZSTD_decompress_usingDict(context, address, limit, input.address, frame.length, 0, 0),
      );
    },
    encode(bytes) {
      const room = glue._ZSTD_compressBound(bytes.length);
      output.reserve(room);
      input.put(bytes);
      return taken(glue._ZSTD_compress(output.address, room, input.address, bytes.length, LEVEL));
    },
  };
}

/** A place in the heap of the module that grows to the largest size it was asked for. */
class HeapBuffer {
  address = 0;
  readonly #glue: Glue;
  #size = 0;

  constructor(glue: Glue) {
    this.#glue = glue;
  }

  reserve(size: number): void {
    if (this.#size >= size && this.address !== 0) return;
    if (this.address !== 0) this.#glue._free(this.address);
    this.#size = Math.max(size, 65_536);
    this.address = this.#glue._malloc(this.#size);
    if (this.address === 0) {
      this.#size = 0;
      throw new Error(`zstd finds no memory for ${size} bytes`);
    }
  }

  put(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.#glue.HEAPU8.set(bytes, this.address);
  }
}

/** A copy of the glue code of our own, with its instance: the one in Node's cache may be in the middle of somebody else's `init`. */
function loadGlue(): Glue {
  const require = createRequire(import.meta.url);
  const folder = path.dirname(require.resolve('@bokuweb/zstd-wasm'));
  const file = path.join(folder, 'zstd.js');
  const cached = require.cache[file];
  delete require.cache[file];
  const { Module: glue } = require(file) as { Module: Glue };
  if (cached === undefined) delete require.cache[file];
  else require.cache[file] = cached;

  const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyGlobal };
  const code = new WebAssembly.Module(fs.readFileSync(path.join(folder, 'zstd.wasm')));
  let received = false;
  glue.instantiateWasm = (imports, receive) => {
    const exports = receive(new WebAssembly.Instance(code, imports));
    received = true;
    return exports;
  };
  glue.init();
  // An error in the hook is printed by the glue code, and goes no further.
  if (!received) throw new Error('zstd.wasm does not fit its glue code');
  return glue;
}
