// Which packages must never come along with which others.

/** All but the two drivers' own that know a QCOW structure. */
const qcow = /^@q\/(?:driver-qcow\d|format|refcount|codec|crypt)$/;
const strategy = /^@q\/cache-/;
const driver = /^@q\/driver-/;

const rules = [
  { of: /^@q\/block$/, never: /./, because: 'the ground stands on nothing' },
  { of: /^@q\/cache$/, never: /^(?!@q\/block$)/, because: 'the cache needs devices only' },
  { of: strategy, never: /^(?!@q\/(?:block|cache)$)/, because: 'a strategy needs the cache only' },
  { of: /^@q\/(?:driver-)?qed$/, never: qcow, because: 'it is for QCOW images' },
  { of: /^@q\/driver-qed$/, never: strategy, because: 'QED has a cache of its own' },
  { of: driver, never: driver, because: 'it is another driver' },
  { of: /^(?!@q\/driver-)/, never: driver, because: 'a part needs no driver' },
];

/** What is wrong with installing `name` when these packages come along with it, one sentence each; none when all may. */
export function unwantedCompany(name, brought) {
  return rules
    .filter(({ of }) => of.test(name))
    .flatMap(({ never, because }) =>
      brought
        .filter((other) => never.test(other))
        .map((other) => `${name} brings ${other}: ${because}`),
    );
}

/** The first four bytes of QCOW images, as a minifier may write the number. */
const qcowMagic = /\b(?:1363560955|0x514649fb)\b/i;

/** Whether bundled code knows QCOW images. */
export function knowsQcow(code) {
  return qcowMagic.test(code);
}
