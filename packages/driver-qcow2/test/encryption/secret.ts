import { qemuImg, qemuIo } from '@q/judge';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { PASSPHRASE } from '../support/shapes.ts';

/** How qemu-img and qemu-io are told the passphrase. */
export const SECRET = ['--object', `secret,id=s,data=${PASSPHRASE}`] as const;

/** An encrypted image by its options. */
export function opts(file: string): string {
  return `driver=qcow2,file.filename=${file},encrypt.key-secret=s`;
}

/** Makes an encrypted image with qemu-img. It measures for seconds how many iterations a hundredth of a second takes. */
export function createByQemu(file: string, encryption: string, size: string): void {
  const speed = encryption.startsWith('encrypt.format=luks') ? ',encrypt.iter-time=10' : '';
  const options = `${encryption},encrypt.key-secret=s${speed}`;
  const command = ['create', '-q', '-f', 'qcow2', ...SECRET, '-o', options, file, size];
  // On a busy machine it gives up measuring now and then.
  for (let tries = 1; ; tries++) {
    const { status, stderr } = qemuImg(command, tries < 10 ? [0, 1] : [0]);
    if (status === 0) return;
    if (!stderr.includes('accurate CPU usage')) throw new Error(stderr);
  }
}

/** Runs commands of qemu-io on an encrypted image. */
export function ioByQemu(file: string, commands: readonly string[]): string {
  return qemuIo(opts(file), commands, [...SECRET, '--image-opts']).stdout;
}

/** Asks qemu-img: no errors, no leaks, and these bytes. The image's folder has what it names. */
export function judgeEncrypted(file: string, bytes: Uint8Array): void {
  const folder = path.dirname(file);
  qemuImg(['check', ...SECRET, '--image-opts', opts(file)], [0], folder);
  const raw = path.join(folder, 'expected.raw');
  writeFileSync(raw, bytes);
  const expected = `driver=raw,file.filename=${raw}`;
  qemuImg(['compare', ...SECRET, '--image-opts', opts(file), expected], [0], folder);
}
