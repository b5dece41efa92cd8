/** The `interlock` command: picks the command, gives it files and the engine, and turns wrong use into one line and exit code 2. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createEngine } from '../analysis/createEngine.ts';
import type { Engine } from '../analysis/engine.ts';
import { version } from '../analysis/version.ts';
import type { startLanguageServerOnStdio } from '../server/stdio.ts';
import { checkCommand, checkSpec } from './check.ts';
import { type CommandSpec, commandHelp, parseCommandLine } from './commandLine.ts';
import { textOf } from './decode.ts';
import { explainCommand, explainSpec } from './explain.ts';
import { type Io, UsageError } from './io.ts';
import { lockdepCommand } from './lockdep.ts';
import { postImageCommand, postImageSpec } from './postImage.ts';
import { runCommand } from './run.ts';
import { replayCommand, replaySpec, simulateCommand, simulateSpec } from './simulate.ts';

interface Command {
  readonly spec: CommandSpec;
  readonly run: (args: readonly string[], io: Io) => Promise<number>;
}

const HELP: CommandSpec['options'][number] = { name: 'help', short: 'h', help: 'this text' };

const lspSpec: CommandSpec = {
  name: 'lsp',
  usage: 'interlock lsp --stdio',
  summary: 'Runs the language server.',
  operands: [0, 0],
  options: [{ name: 'stdio', help: 'talk over standard input and output' }, HELP],
};
const runSpec: CommandSpec = {
  name: 'run',
  usage: 'interlock run FILE.c [--entry NAME] [--args …]',
  summary: 'Executes one C function in an empty world: the way to try the machine.',
  operands: [1, -1],
  options: [HELP],
};
const lockdepSpec: CommandSpec = {
  name: 'lockdep',
  usage: 'interlock lockdep FILE.json',
  summary: 'Runs rows of lock operations against the simulated lockdep and prints each disagreement.',
  operands: [1, 1],
  options: [HELP],
};

let engine: Promise<Engine> | null = null;
function theEngine(): Promise<Engine> {
  engine ??= (async () => {
    const load = async (file: string): Promise<Uint8Array> => new Uint8Array(readFileSync(path.join(__dirname, file)));
    // Compiling WebAssembly does not count as work of the event loop, and Node takes a loop without work for the end of the process: what is
    // awaited then runs in the wait for all that V8 does in the background, and so does every pause after it.
    const work = setInterval(() => {}, 2 ** 30);
    try {
      return await createEngine({
        parser: await load('web-tree-sitter.wasm'),
        grammar: await load('tree-sitter-c.wasm'),
      });
    } finally {
      clearInterval(work);
    }
  })();
  return engine;
}

const COMMANDS: readonly Command[] = [
  {
    spec: checkSpec,
    run: (args, io) => {
      listenForInterrupts();
      return checkCommand(args, io, theEngine);
    },
  },
  { spec: simulateSpec, run: (args, io) => simulateCommand(args, io, theEngine) },
  { spec: replaySpec, run: (args, io) => replayCommand(args, io, theEngine) },
  { spec: explainSpec, run: (args, io) => explainCommand(args, io, theEngine) },
  { spec: postImageSpec, run: (args, io) => postImageCommand(args, io, theEngine) },
  { spec: runSpec, run: (args, io) => runCommand([...args], io) },
  { spec: lockdepSpec, run: (args, io) => lockdepCommand([...args], io) },
  { spec: lspSpec, run: lspCommand },
];

async function lspCommand(args: readonly string[]): Promise<number> {
  if (!parseCommandLine(lspSpec, args).flag('stdio'))
    throw new UsageError('interlock lsp: only --stdio is supported; usage: interlock lsp --stdio');
  // Its own bundle: no other command needs what it brings.
  const server: { startLanguageServerOnStdio: typeof startLanguageServerOnStdio } =
    createRequire(__filename)('./server.cjs');
  await server.startLanguageServerOnStdio();
  return 0;
}

function help(): string {
  const rows = COMMANDS.map(({ spec }) => `  ${spec.name.padEnd(12)}${spec.summary}`);
  return `interlock ${version}: executes the ops of DRM and dma-buf patches on a simulated kernel.

usage: interlock COMMAND [OPTION…]

${rows.join('\n')}

\`interlock COMMAND --help\` tells more. Exit codes: 0 nothing found, 1 findings, 2 wrong use or unreadable input, 130 ended with Ctrl-C
before anything was found.
`;
}

async function readInput(name: string): Promise<string> {
  try {
    if (name !== '-') return textOf(readFileSync(name));
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
    return textOf(Buffer.concat(chunks));
  } catch (error) {
    const reasons: Record<string, string> = {
      ENOENT: 'no such file',
      EISDIR: 'is a directory',
      EACCES: 'permission denied',
    };
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw new UsageError(
      `interlock: cannot read ${name}: ${reasons[code] ?? (error instanceof Error ? error.message : String(error))}`,
    );
  }
}

/** How often Ctrl-C was pressed while documents were checked. */
let interrupts = 0;

/** The first Ctrl-C asks for what was found so far; the second ends the process at once. */
function listenForInterrupts(): void {
  process.on('SIGINT', () => {
    interrupts++;
    if (interrupts > 1) process.exit(130);
  });
}

async function main(argv: readonly string[]): Promise<number> {
  const io: Io = {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    readFile: readInput,
    colour: process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined,
    now: () => performance.now(),
    ...(process.stderr.isTTY === true
      ? { status: (line: string) => void process.stderr.write(line === '' ? '\r\x1b[K' : `\r\x1b[K${line}`) }
      : {}),
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    interrupted: () => interrupts > 0,
  };
  const [name, ...args] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    io.stdout(help());
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-V') {
    io.stdout(`interlock ${version}\n`);
    return 0;
  }
  const command = COMMANDS.find(({ spec }) => spec.name === name);
  if (!command) throw new UsageError(`interlock: no command '${name}'; see \`interlock --help\``);
  if (args.includes('--help') || args.includes('-h')) {
    io.stdout(commandHelp(command.spec));
    return 0;
  }
  return command.run(args, io);
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader went away (`| head`): not our failure.
  if (error.code === 'EPIPE') process.exit(0);
});

/** Ends the process as soon as all is written: taking everything apart first is of no use to anyone, and takes a while. */
function end(code: number): void {
  process.exitCode = code;
  process.stdout.write('', () => {
    process.stderr.write('', () => process.exit());
  });
}

main(process.argv.slice(2)).then(end, (error: unknown) => {
  const text =
    error instanceof UsageError
      ? error.message
      : `[interlock internal] ${error instanceof Error ? error.message : String(error)}`;
  process.stderr.write(`${text}\n`);
  if (!(error instanceof UsageError) && process.env['INTERLOCK_DEBUG'] !== undefined && error instanceof Error)
    process.stderr.write(`${error.stack ?? ''}\n`);
  end(2);
});
