import { expect, test } from 'vitest';
import { readDocument } from '../patch/read.ts';
import { postImageJson, postImageText } from './postImage.ts';

const MAIL = `> --- a/sample.c
> +++ b/sample.c
> @@ -10,4 +10,5 @@ static int sample_map(struct
> sample *sample)
>  	int err;
>
> +	lockdep_assert_held(&sample->lock);
>  	err = 0;
>  	return err;

Looks good.
`;

test('the text names what was read, what was repaired and what is not there', () => {
  const report = postImageText(readDocument('reply.txt', MAIL).value, MAIL);
  expect(report.split('\n')).toEqual([
    'reply.txt: 1 message, 1 file, 1 hunk',
    '',
    'Messages',
    '  1. line 1: (no subject)',
    '',
    'Series: (no subject)',
    '  Patch in message 1, quoted',
    '    sample.c: modified',
    '      line 3: @@ -10,4 +10,5 @@ repaired, 95 % sure',
    '        part of the heading above: line 4',
    '',
    'After the patch (line in the file, + for an added line, ... for what is not in the document)',
    '',
    '--- sample.c: in parts, 95 % sure',
    '       ... 9 lines',
    '    10  \tint err;',
    '    11',
    '    12 +\tlockdep_assert_held(&sample->lock);',
    '    13  \terr = 0;',
    '    14  \treturn err;',
    '       ...',
    '',
  ]);
});

test('the JSON holds the same, with lines and columns from one', () => {
  const value = JSON.parse(postImageJson(readDocument('reply.txt', MAIL).value, MAIL));
  expect(value.form).toBe('patch');
  expect(value.series[0].patches[0].files[0].hunks[0]).toMatchObject({
    oldStart: 10,
    how: 'tolerant',
    line: 3,
    heading: 'static int sample_map(struct sample *sample)',
    repairs: [{ kind: 'heading-joined', line: 4, column: 3 }],
  });
  expect(value.postImages[0].text).toBe(
    '\tint err;\n\n\tlockdep_assert_held(&sample->lock);\n\terr = 0;\n\treturn err;\n',
  );
});
