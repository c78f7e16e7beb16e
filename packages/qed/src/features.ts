// Bits of the header's `features` (QED format, section "Header"). There are no others; both other feature fields define none.

/** The header names a backing file. */
export const FEATURE_BACKING_FILE = 0x1;
/** The tables may contradict themselves: check them before anything is written. */
export const FEATURE_NEED_CHECK = 0x2;
/** The backing file is raw, and its format must not be guessed. */
export const FEATURE_NO_PROBE = 0x4;

/** All bits that an image may have. */
export const KNOWN_FEATURES = FEATURE_BACKING_FILE | FEATURE_NEED_CHECK | FEATURE_NO_PROBE;
