import { describe, expect, it } from '@jest/globals';
import { Fn, TerraformStack, TerraformVariable, Testing, Token } from 'cdktf';
import { isUnresolved, isUnresolvedNumber } from '../../constructs/unresolved';

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

  it.each([
    ['a variable', variable.numberValue],
    ['a function', Token.asNumber(Fn.max([variable.numberValue, 1]))],
    ['a number', 3],
    ['a negative one', -1],
    ['none', Number.NaN],
    ['one without end', -Infinity],
  ])('is told as cdktf tells it, where it is a number: %s', (_, number) => {
    expect(isUnresolvedNumber(number)).toBe(Token.isUnresolved(number));
  });

  it('is found at all', () => {
    expect(isUnresolvedNumber(variable.numberValue)).toBe(true);
    expect(isUnresolved(variable.stringValue)).toBe(true);
  });
});
