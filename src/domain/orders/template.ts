/** Titles and notes of pushed orders, as the merchant worded them. */
import { cut } from './register-limits.ts';
import type { WebSale } from './web-sale.ts';

/** What a template may name, in braces. */
const FIELDS = {
  orderId: (sale: WebSale) => String(sale.orderId),
  status: (sale: WebSale) => sale.status,
  payment: (sale: WebSale) => sale.paymentMethod,
  shipping: (sale: WebSale) => sale.shippingMethod,
  customer: (sale: WebSale) => sale.customerName,
  message: (sale: WebSale) => sale.customerMessage,
} as const;
type Field = keyof typeof FIELDS;

const isField = (name: string): name is Field => Object.hasOwn(FIELDS, name);

/** The template with its fields filled in; unknown names stay as they are. At most `maxChars` characters. */
export function fillTemplate(template: string, sale: WebSale, maxChars: number): string {
  const filled = template.replaceAll(/\{(\w+)\}/g, (whole, name: string) =>
    isField(name) ? FIELDS[name](sale) : whole,
  );
  return cut(filled.trim(), maxChars);
}
