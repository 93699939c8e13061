/**
 * A transcript is a story a person can read and a machine can check: input lines, `decide`, and under it, after
 * `  | `, what the decision was. What a decision writes becomes the state, so that a file reads as one whole story.
 * Only the world is made up; looks, reads and decisions go through the core's own folds.
 *
 *   # The title            the first line; later ones are remarks
 *   after 1000             time passes
 *   self a/3               zone a's incarnation 3 speaks from here on (`self a`: a pulse); each remembers its own
 *   decide                 it tells what it sees, reads all that stands, decides, and writes
 *   operator …             asks at a door; what the core's own operation made of it stands under the line too
 *
 * All other lines are in {@link ./transcript-lines.ts}.
 */
import { watchOthers } from '../../src/core/agreement.ts';
import { decide } from '../../src/core/decide.ts';
import { report } from '../../src/core/report.ts';
import type { View } from '../../src/core/view.ts';
import { newStage, START, type Stage, speaking } from './stage.ts';
import { LINES } from './transcript-lines.ts';
import { playOperator } from './transcript-operator.ts';
import { describeDecision, describeReport } from './transcript-words.ts';

const EXPECTED = '  | ';

/**
 * @returns the transcript with what really happens under every `decide`
 * @throws Error naming file and line for an input line that is not understood
 */
export function playTranscript(file: string, text: string): string {
  const lines = text.trimEnd().split('\n');
  if (!lines[0]?.startsWith('# ')) throw new Error(`${file}:1: a transcript begins with a title: "# …"`);
  const stage = newStage();
  const played = lines.flatMap((line, i) => {
    if (line.startsWith(EXPECTED)) return [];
    if (line === '' || line.startsWith('#')) return [line];
    try {
      return [line, ...playLine(stage, line)];
    } catch (error) {
      throw new Error(`${file}:${i + 1}: ${(error as Error).message}`);
    }
  });
  return `${played.join('\n')}\n`;
}

function playLine(stage: Stage, line: string): string[] {
  if (line === 'decide') return decideNow(stage).map((said) => `${EXPECTED}${said}`);
  const asked = playOperator(stage, line);
  if (asked) return asked.map((said) => `${EXPECTED}${said}`);
  for (const [pattern, play] of LINES) {
    const match = pattern.exec(line);
    if (!match) continue;
    play(stage, match.groups ?? {});
    return [];
  }
  throw new Error(`not understood: ${line}`);
}

/** In the order of a tick: tell, read all, decide, write, vote, send. */
function decideNow(stage: Stage): string[] {
  const process = speaking(stage);
  const { self } = process;
  const { now, state } = stage;
  const view = (): View => ({
    state,
    observations: [...stage.observations.values()],
    votes: stage.votes,
    memory: process.memory,
  });
  const said = stage.observations.get(self.id);
  const told = report(view(), self, said, now);
  if (told) stage.observations.set(self.id, told);
  process.memory = watchOthers(process.memory, view(), now);
  const decision = decide(view(), self, now);
  if (decision.write) {
    stage.state = { ...decision.write, rev: state.rev + 1 };
    process.memory = { ...process.memory, wroteAt: now.mono };
  }
  const { vote } = decision;
  if (
    vote &&
    !stage.votes.some(({ epoch, sentinel }) => epoch === vote.epoch && sentinel === vote.sentinel)
  ) {
    stage.votes = [...stage.votes, vote];
  }
  process.sent = decision.commands;
  return [...(told ? describeReport(said, told) : []), ...describeDecision(state, decision, START, now)];
}
