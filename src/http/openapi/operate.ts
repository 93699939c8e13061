/** The description of the operate endpoint. */
import { describe } from './document.ts';
import { OPERATE_PATHS } from './operate-paths.ts';
import { OPERATE_SCHEMAS, REFUSAL_MEMBERS } from './operate-schemas.ts';

export const OPERATE_DESCRIPTION = describe(
  'lambda-sentinel: operate',
  'What operators ask of the sentinels, who carry it out. What is refused has changed nothing.',
  OPERATE_PATHS,
  OPERATE_SCHEMAS,
  REFUSAL_MEMBERS,
);
