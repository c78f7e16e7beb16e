/**
 * The AES-128 key of the encryption that QCOW and QCOW2 had before LUKS: the passphrase's bytes (text as UTF-8), cut or padded with zeroes to 16.
 * It goes with CBC and `plain64` of the guest's sector. Nothing tells a wrong passphrase, and equal sectors at equal places show: it is insecure.
 */
export function legacyKey(passphrase: string | Uint8Array): Uint8Array {
  const key = new Uint8Array(16);
  key.set(passphraseBytes(passphrase).subarray(0, 16));
  return key;
}

/** The bytes of a passphrase: text is UTF-8. */
export function passphraseBytes(passphrase: string | Uint8Array): Uint8Array {
  return typeof passphrase === 'string' ? new TextEncoder().encode(passphrase) : passphrase;
}
