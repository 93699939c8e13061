import { expect, test } from 'vitest';
import { synthesize } from './synthesized.ts';

/** All that a deployment is made of: a change of it is to be seen, and meant. */
test('a deployment with nothing but masters', () => {
  const { template } = synthesize();
  // Of the placeholders, and of a function that comes with aws-cdk-lib.
  const text = JSON.stringify(template.toJSON()).replace(/[0-9a-f]{64}\.zip/g, 'asset.zip');
  expect(JSON.parse(text)).toMatchSnapshot();
});
