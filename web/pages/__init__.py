"""What all pages share: rendering, texts, forms, sessions in cookies, live push. No audience is named here."""
