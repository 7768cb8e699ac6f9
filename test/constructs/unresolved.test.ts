import { describe, expect, it } from '@jest/globals';
import { Fn, TerraformStack, TerraformVariable, Testing, Token } from 'cdktf';
import { isUnresolved } from '../../constructs/unresolved';

const stack = new TerraformStack(Testing.app(), 'stack');
const variable = new TerraformVariable(stack, 'cidr', { type: 'string' });

describe('What Terraform fills in', () => {
  it.each([
    ['a variable', variable.stringValue],
    ['within a text', `before ${variable.stringValue} behind`],
    ['a function', Fn.cidrsubnet(variable.stringValue, 4, 1)],
    ['an attribute', Token.asString({ resolve: () => 'later' }, { displayHint: 'a.b_c-d' })],
    ['a plain text', '10.0.0.0/16'],
    ['an expression of Terraform', '${aws_vpc.main.cidr_block}'],
    ['the start of a token', '${TfToken['],
    ['nothing', ''],
  ])('is told as cdktf tells it: %s', (_, text) => {
    expect(isUnresolved(text)).toBe(Token.isUnresolved(text));
  });

  it('is found at all', () => {
    expect(isUnresolved(variable.stringValue)).toBe(true);
  });
});
