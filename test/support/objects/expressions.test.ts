import { describe, expect, it } from '@jest/globals';
import { UNKNOWN, UNKNOWN_ADDRESS, withoutExpressions } from '../../../support/objects/expressions';

const stack = {
  locals: { greeting: 'Hi $${who}, it costs $$5: $${price}', plain: '%%{x}' },
  resource: {
    kubernetes_namespace_v1: {
      shop: { metadata: { name: 'shop' } },
      copy: { metadata: [{ name: '${kubernetes_namespace_v1.shop.metadata[0].name}' }] },
    },
  },
};

describe('a value of a synthesised stack', () => {
  it.each([
    ['no expression', 'no expression'],
    ['${kubernetes_namespace_v1.shop.metadata[0].name}', 'shop'],
    ['ns ${kubernetes_namespace_v1.shop.metadata[0].name}!', 'ns shop!'],
    // What a reference leads to is not worked out itself.
    ['${kubernetes_namespace_v1.copy.metadata[0].name}', UNKNOWN],
    ['${data.kubernetes_service_v1.x.status[0].load_balancer[0].ingress[0].ip}', UNKNOWN],
    ['${jsonencode({"a" = "}", "b" = {}})} after', `${UNKNOWN} after`],
    ['one in ${jsonencode(split("\\n", data.x.y))}', `one in ["${UNKNOWN}"]`],
    ['- ${data.aws_eip.x.public_ip}/32', `- ${UNKNOWN_ADDRESS}/32`],
    ['http://${data.aws_lb.x.dns_name}/path', `http://${UNKNOWN}/path`],
    ['echo $${HOME} %%{if}', 'echo ${HOME} %{if}'],
    ['costs $5', 'costs $5'],
    ['${local.plain}', '%{x}'],
    ['${local.missing}', UNKNOWN],
    [
      '${templatestring(local.greeting, {who = "a \\"b\\"", price = "${data.aws_lb.x.dns_name}"})}',
      `Hi a "b", it costs $$5: ${UNKNOWN}`,
    ],
  ])('%j becomes %j', (value, plain) => {
    expect(withoutExpressions({ list: [value] }, stack)).toEqual({ list: [plain] });
  });

  it('is left alone when it is no text', () => {
    expect(withoutExpressions({ a: 1, b: [true, null] }, stack)).toEqual({ a: 1, b: [true, null] });
  });
});
