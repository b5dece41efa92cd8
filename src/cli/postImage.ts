/** `interlock post-image`: what was read of a document, before anything is executed. */
import type { Engine } from '../analysis/engine.ts';
import { postImageJson, postImageText } from '../report/postImage.ts';
import { type CommandSpec, parseCommandLine } from './commandLine.ts';
import type { Io } from './io.ts';

export const postImageSpec: CommandSpec = {
  name: 'post-image',
  usage: 'interlock post-image FILE [--format json]',
  summary: 'Shows what was read: messages, patches, hunks, the rebuilt text, repairs and confidence.',
  operands: [1, 1],
  options: [
    { name: 'format', short: 'f', value: 'FORMAT', choices: ['text', 'json'], help: 'how to print (default: text)' },
    { name: 'help', short: 'h', help: 'this text' },
  ],
};

export async function postImageCommand(
  args: readonly string[],
  io: Io,
  engine: () => Promise<Engine>,
): Promise<number> {
  const options = parseCommandLine(postImageSpec, args);
  const path = options.operands[0] ?? '-';
  const text = await io.readFile(path);
  const document = (await engine()).read({ path: path === '-' ? '<stdin>' : path, text });
  io.stdout(options.value('format') === 'json' ? postImageJson(document, text) : postImageText(document, text));
  return 0;
}
