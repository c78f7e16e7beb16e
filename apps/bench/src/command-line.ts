import { Command, CommanderError } from 'commander';
import { addCompare } from './commands/compare.ts';
import { addCow } from './commands/cow.ts';
import { addDrive } from './commands/drive.ts';
import { addSimulate } from './commands/simulate.ts';
import { addSpeed } from './commands/speed.ts';

const USAGE = 2;

/** Runs `q-bench` with these arguments and returns its exit code: 0, 1 for what went wrong, 2 for a command line that makes no sense. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  try {
    await program().parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    const text = error instanceof Error ? error.message : String(error);
    process.stderr.write(`q-bench: ${text}\n`);
    if (process.env['Q_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    return 1;
  }
}

function program(): Command {
  const command = new Command('q-bench')
    .description('Replays block traces through cache strategies for virtual disk metadata.')
    .exitOverride()
    .configureOutput({
      outputError: (text, write) =>
        write(
          `${text
            .trim()
            .replace(/^error: /, 'q-bench: ')
            .replaceAll('\n', ' ')}\n`,
        ),
    })
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 it failed, 2 wrong command line. Q_DEBUG=1 shows where an error came from.',
    );
  addCompare(command);
  addSimulate(command);
  addDrive(command);
  addCow(command);
  addSpeed(command);
  return command;
}
