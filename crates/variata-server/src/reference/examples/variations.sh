curl "$OPENAI_BASE_URL/images/variations" \
  -H "Authorization: Bearer $OPENAI_API_KEY" \
  -F image=@otter.png -F n=2 -F size=1024x1024
