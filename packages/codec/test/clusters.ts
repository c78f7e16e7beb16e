import { Prng } from '@q/block';

/** Clusters to compress, from zeroes over text and machine-like data to noise, of a size. Named for messages. */
export function sampleClusters(size: number): Readonly<Record<string, Uint8Array>> {
  const random = new Prng(size);
  const text = new Uint8Array(size);
  const words = Array.from({ length: 60 }, () =>
    Array.from({ length: 2 + random.below(8) }, () => 97 + random.below(26)),
  );
  for (let at = 0; at < size;) {
    for (const letter of [...random.pick(words), 32]) if (at < size) text[at++] = letter;
  }
  const records = new Uint8Array(size);
  for (let at = 0; at + 8 <= size; at += 8) {
    records.set([at & 255, (at >>> 8) & 255, 0, 0, random.below(4), 0xff, 0, random.below(2)], at);
  }
  return {
    zeroes: new Uint8Array(size),
    byte: new Uint8Array(size).fill(0x55),
    text,
    records,
    bits: random.fill(new Uint8Array(size)).map((byte) => byte & 3),
  };
}

/** A cluster that no codec makes smaller. */
export function noise(size: number): Uint8Array {
  return new Prng(size).fill(new Uint8Array(size));
}

/** `stream` followed by so many bytes of something else, as a descriptor's last sector has them. */
export function padded(stream: Uint8Array, by: number, fill = 0): Uint8Array {
  const all = new Uint8Array(stream.length + by).fill(fill, stream.length);
  all.set(stream);
  return all;
}
