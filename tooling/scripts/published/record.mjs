// The recorded sizes, tooling/sizes.json: by package, what comes along when it is installed alone, and the compressed size of each
// entry point with everything it pulls in, in bytes. What grows past its record by more than a tenth is a decision, not an accident.

const allowed = 1.1;
const remedy = 'record it with `node tooling/scripts/check-sizes.mjs --update`';

/** How a package differs from its record in a way that must not pass unseen, one sentence each; none when it does not. */
export function differences(name, found, recorded) {
  if (recorded === undefined) return [`${name} has no recorded size: ${remedy}`];
  const sentences = [];
  const brings = found.brings.join(', ') || 'nothing';
  const brought = recorded.brings.join(', ') || 'nothing';
  if (brings !== brought) {
    sentences.push(`${name} brings ${brings}; recorded is ${brought}: if that is meant, ${remedy}`);
  }
  for (const [entry, bytes] of Object.entries(found.gzip)) {
    const before = recorded.gzip[entry];
    if (before === undefined) {
      sentences.push(`${entry} has no recorded size: ${remedy}`);
    } else if (bytes > before * allowed) {
      const percent = ((bytes / before - 1) * 100).toFixed(1);
      sentences.push(
        `${entry} grew by ${percent}%, from ${before} to ${bytes} bytes: make it smaller, or ${remedy}`,
      );
    }
  }
  for (const entry of Object.keys(recorded.gzip)) {
    if (found.gzip[entry] === undefined) sentences.push(`${entry} is gone: ${remedy}`);
  }
  return sentences;
}
