-- When orders move stock at each platform: what the store's settings say of web orders, and what the pushed orders taught
-- of each register. Written when it changes.
ALTER TABLE connections ADD COLUMN takes_stock TEXT;
ALTER TABLE clover_merchants ADD COLUMN api_orders_move INTEGER;
