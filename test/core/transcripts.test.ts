import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { playTranscript } from './transcript.ts';

const FOLDER = fileURLToPath(new URL('../transcripts/', import.meta.url));
const files = readdirSync(FOLDER).filter((file) => file.endsWith('.txt'));

describe('the transcripts', () => {
  test.each(files)('%s tells what the core decides', (file) => {
    const path = `${FOLDER}${file}`;
    const text = readFileSync(path, 'utf8');
    const played = playTranscript(file, text);
    if (process.env['UPDATE_TRANSCRIPTS'] === '1') writeFileSync(path, played);
    else expect(played).toBe(text);
  });
});

describe('a transcript', () => {
  test('with a line that is not understood is refused by file and line', () => {
    expect(() => playTranscript('story.txt', '# Title\nself a/1\nlook n1:6379 asleep\n')).toThrow(
      /^story\.txt:3: not understood: look … asleep$/,
    );
    expect(() => playTranscript('story.txt', '# Title\n\nwait a moment\n')).toThrow(
      /^story\.txt:3: not understood: wait a moment$/,
    );
  });

  test('without a title is refused', () => {
    expect(() => playTranscript('story.txt', 'self a/1\n')).toThrow(/^story\.txt:1: .*title/);
  });

  test('cannot answer a command that was not sent', () => {
    const story = '# Title\nself a/1\nreply promote n2:6379 done\n';
    expect(() => playTranscript('story.txt', story)).toThrow('story.txt:3: no promote was just sent');
  });

  test('that expects something else is not what is played', () => {
    const story = '# Title\nself a/1\nlook n1:6379 master\ndecide\n  | all is lost\n';
    expect(playTranscript('story.txt', story)).not.toBe(story);
  });
});
